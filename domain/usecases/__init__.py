"""What a person can cause: one async function each, with the session, the actor and the time passed in."""
