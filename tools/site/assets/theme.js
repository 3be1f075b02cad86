// Before anything is drawn: the theme that was chosen, so that nothing flashes.
try {
  const theme = localStorage.getItem('teahouse.docs.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // A browser that keeps nothing: the system's theme.
}
