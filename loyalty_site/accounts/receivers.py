"""What people need when the database has been migrated."""
