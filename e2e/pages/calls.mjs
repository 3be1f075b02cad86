// What stories of calls do in a page.

export const call = (page, kind) => page.getByRole('button', { name: kind, exact: true }).click()
export const ring = (page) => page.getByRole('alertdialog')
export const answer = (page, how) => ring(page).getByRole('button', { name: how }).click()
export const hangUp = (page) => page.getByRole('button', { name: 'Hang up' }).click()
export const over = (page) => page.locator('.call').waitFor({ state: 'detached' })

/** moves waits until pictures of a user come, one after another. */
export const moves = (page, user) => page.waitForFunction((name) => {
  const video = document.querySelector(`.tile[data-user="${name}"] video`)
  if (!video?.videoWidth) return false
  video.seen ??= video.currentTime
  return video.currentTime > video.seen + 0.2
}, user)
