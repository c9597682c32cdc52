"""Start-up checks that refuse an unsafe production."""
