"""Operations in child processes: without secrets, without connections, and to be killed at any moment."""
