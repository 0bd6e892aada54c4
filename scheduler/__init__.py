"""What happens by itself: the ticks, the sweep of due work, the delivery of the outbox."""
