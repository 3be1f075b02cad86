// A page that is woken by Web Push. It makes the keys of a subscription itself, as a browser does
// inside: the push service is one of the test's.

let client, keys, auth
const waiting = new Map()

function login(url, user, sig) {
  return new Promise((resolve, reject) => {
    client = mqtt.connect(url, { username: user, password: sig, clientId: 'page-of-' + user, protocolVersion: 5 })
    client.on('error', reject)
    client.on('message', (topic, payload) => {
      const [, , id] = topic.split('/')
      waiting.get(id)?.(JSON.parse(payload))
      waiting.delete(id)
    })
    client.on('connect', () => client.subscribe('im/#', { qos: 1 }, (err) => (err ? reject(err) : resolve())))
  })
}

function request(method, body) {
  const id = Math.random().toString(36).slice(2)
  return new Promise((resolve, reject) => {
    waiting.set(id, (answer) => (answer.ErrorCode ? reject(new Error(`${method}: ${answer.ErrorCode} ${answer.ErrorInfo}`)) : resolve(answer)))
    client.publish(`im/req/${method}/${id}`, JSON.stringify(body))
  })
}

const coded = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))

// subscribe registers a subscription at the endpoint, and returns the server's key.
async function subscribe(endpoint) {
  const { WebPushKey } = await request('me', {})
  keys = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits'])
  auth = crypto.getRandomValues(new Uint8Array(16))
  const p256dh = coded(await crypto.subtle.exportKey('raw', keys.publicKey))
  await request('push.register', { Channel: 'webpush', Subscription: { endpoint, expirationTime: null, keys: { p256dh, auth: coded(auth) } } })
  await navigator.serviceWorker.register('/worker.js')
  await navigator.serviceWorker.ready
  document.querySelector('#state').textContent = 'subscribed'
  return WebPushKey
}

// leave loses the connection, as a page does that is closed; a DISCONNECT would be a logout.
function leave() {
  return new Promise((resolve) => client.end(true, {}, resolve))
}

const derived = async (salt, secret, info, length) => {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  return crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, 8 * length)
}

// decrypt opens the body of a push (RFC 8291, one record of RFC 8188).
async function decrypt(body) {
  const all = bytesOf(body)
  const text = new TextEncoder()
  const salt = all.slice(0, 16)
  const theirs = all.slice(21, 21 + all[20])
  const sealed = all.slice(21 + all[20])
  const sender = await crypto.subtle.importKey('raw', theirs, { name: 'ECDH', namedCurve: 'P-256' }, false, [])
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: sender }, keys.privateKey, 256)
  const mine = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey))
  const ikm = await derived(auth, shared, new Uint8Array([...text.encode('WebPush: info\0'), ...mine, ...theirs]), 32)
  const key = await crypto.subtle.importKey('raw', await derived(salt, ikm, text.encode('Content-Encoding: aes128gcm\0'), 16), 'AES-GCM', false, ['decrypt'])
  const iv = await derived(salt, ikm, text.encode('Content-Encoding: nonce\0'), 12)
  const padded = new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed))
  const end = padded.findLastIndex((b) => b !== 0)
  if (padded[end] !== 2) throw new Error('not the last record')
  return new TextDecoder().decode(padded.slice(0, end))
}

// verify checks the signature of a VAPID token (RFC 8292) with WebCrypto, and returns its claims.
async function verify(authorization) {
  const [, token, k] = authorization.match(/^vapid t=([^,]+), k=(.+)$/)
  const [head, claims, signature] = token.split('.')
  const key = await crypto.subtle.importKey('raw', bytesOf(k), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
  const good = await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, bytesOf(signature), new TextEncoder().encode(`${head}.${claims}`))
  if (!good) throw new Error('the signature is not of this key')
  return { ...JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))), k }
}

// shown is what the service worker shows.
async function shown() {
  const registration = await navigator.serviceWorker.ready
  return (await registration.getNotifications()).map((n) => ({ Title: n.title, Text: n.body, Tag: n.tag, PushId: n.data.PushId }))
}
