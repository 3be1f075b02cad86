// A page that sends and shows pictures, with MQTT.js and nothing else.

let client, to
const waiting = new Map()
const state = (window.state = { progress: [], sent: null, failed: null })

function login(url, user, sig, peer) {
  to = peer
  return new Promise((resolve, reject) => {
    client = mqtt.connect(url, { username: user, password: sig, protocolVersion: 5 })
    client.on('error', reject)
    client.on('message', receive)
    client.on('connect', () => client.subscribe('im/#', { qos: 1 }, (err) => (err ? reject(err) : resolve())))
  })
}

function receive(topic, payload) {
  const [, kind, id] = topic.split('/')
  if (kind === 'res') {
    waiting.get(id)?.(JSON.parse(payload))
    waiting.delete(id)
  }
  if (kind === 'in') show(JSON.parse(payload))
}

// request is one of the server's methods.
function request(method, body) {
  const id = Math.random().toString(36).slice(2)
  return new Promise((resolve, reject) => {
    waiting.set(id, (answer) => (answer.ErrorCode ? reject(new Error(`${method}: ${answer.ErrorCode} ${answer.ErrorInfo}`)) : resolve(answer)))
    client.publish(`im/req/${method}/${id}`, JSON.stringify(body))
  })
}

// put sends the bytes of a file where the server wants them.
function put(grant, file) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    xhr.upload.onprogress = (e) => {
      document.querySelector('#bar').value = (100 * e.loaded) / e.total
      state.progress.push(e.loaded)
    }
    xhr.onload = () => (xhr.status < 300 ? resolve() : reject(new Error(`PUT: ${xhr.status} ${xhr.responseText}`)))
    xhr.onerror = () => reject(new Error('PUT: no answer'))
    xhr.open(grant.Method, grant.UploadUrl)
    for (const [name, value] of Object.entries(grant.Headers ?? {})) xhr.setRequestHeader(name, value)
    xhr.send(file)
  })
}

async function send(file) {
  const { width, height } = await createImageBitmap(file)
  const grant = await request('media.upload', { Kind: 'image', Name: file.name, Size: file.size, Mime: file.type, Width: width, Height: height })
  await put(grant, file)
  const size = (Type, URL) => ({ Type, Size: Type === 1 ? file.size : 0, Width: Type === 1 ? width : 0, Height: Type === 1 ? height : 0, URL })
  const content = { UUID: grant.UUID, ImageFormat: 255, ImageInfoArray: [size(1, grant.Url), size(2, grant.LargeUrl), size(3, grant.ThumbUrl)] }
  await request('msg.send', { Conv: 'c2c/' + to, MsgBody: [{ MsgType: 'TIMImageElem', MsgContent: content }] })
  state.sent = grant.UUID
}

document.querySelector('#file').onchange = (e) => send(e.target.files[0]).catch((err) => (state.failed = String(err)))

function show(message) {
  for (const { MsgType, MsgContent } of message.MsgBody) {
    if (MsgType !== 'TIMImageElem') continue
    const url = (type) => MsgContent.ImageInfoArray.find((one) => one.Type === type).URL
    const item = document.createElement('li')
    const thumb = document.createElement('img')
    thumb.alt = `Picture from ${message.From_Account}`
    thumb.src = url(3)
    thumb.className = 'thumb'
    thumb.onclick = () => (document.querySelector('#view').src = url(1))
    item.append(thumb)
    document.querySelector('#messages').append(item)
  }
}

// history shows what there is of a conversation.
async function history(conv) {
  const { MsgList } = await request('msg.history', { Conv: conv })
  document.querySelector('#messages').replaceChildren()
  document.querySelector('#view').removeAttribute('src')
  MsgList.forEach(show)
  return MsgList.length
}

// loaded is the size of a picture that has come, nothing before.
function loaded(selector) {
  const img = document.querySelector(selector)
  return img?.complete && img.naturalWidth ? { Width: img.naturalWidth, Height: img.naturalHeight } : null
}
