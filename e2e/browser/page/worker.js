// The service worker of docs/push.md.
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('push', (event) => {
  const n = event.data.json()
  event.waitUntil(self.registration.showNotification(n.Title || 'Message', { body: n.Text, tag: n.Tag, data: n }))
})
