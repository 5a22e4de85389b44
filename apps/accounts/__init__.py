"""Who may use the portal: users, their API tokens, invitations."""
