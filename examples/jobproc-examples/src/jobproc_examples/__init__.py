"""Operations that show the way."""
