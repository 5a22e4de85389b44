"""What is being done: submit, states, worker, supervise, publish, api."""
