"""The Earth-observation library under the services. It knows no service, no job, no user."""
