"""The contract every service keeps: declaration, registry, runner, execution, errors."""
