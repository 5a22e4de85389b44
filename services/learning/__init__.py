"""What the services that train share: parameters, the way from these to the training loop. No service itself."""
