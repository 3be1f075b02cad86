// Before anything is drawn: the theme that was chosen, so that nothing flashes.
;(function () {
  try {
    var theme = localStorage.getItem('teahouse.theme')
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
  } catch (e) { /* storage is closed to this page: the system's theme it is */ }
})()
