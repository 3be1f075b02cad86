// Who logs in stands in the fragment of the address; a page of one's own asks its backend.
const { app, ...rest } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)))

export const user = { ...rest, sdkAppId: Number(app) }

/** plain takes the picture from a new group that the kits' dialog gives it: it lies on their maker's host. */
export function plain(made) {
  if (made.avatarURL) made.avatarURL = ''
  return made
}
