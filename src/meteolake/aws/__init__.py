"""Amazon Web Services: the stack, the compute, what it costs. No command needs it that runs on one machine."""
