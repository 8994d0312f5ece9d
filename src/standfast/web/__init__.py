"""What clients of a daemon see: the API's types and routes."""
