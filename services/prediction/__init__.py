"""What the services that run trained networks share: the stack they run over, the network. No service itself."""
