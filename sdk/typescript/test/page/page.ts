// A page that talks with one other user, with the SDK and nothing else.

import TencentCloudChat, { type Chat, type Message } from '../../dist/index.js'

const { EVENT, TYPES } = TencentCloudChat
const state = { user: '', to: '', failed: '', progress: [] as number[] }
let chat: Chat

function show(m: Message): void {
  const line = document.createElement('li')
  line.textContent = m.type === TYPES.MSG_TEXT ? `${m.from}: ${m.payload.text}` : `${m.from}: ${m.type}`
  if (m.type === TYPES.MSG_IMAGE) {
    const picture = document.createElement('img')
    picture.src = m.payload.imageInfoArray[0].url
    line.append(picture)
  }
  document.querySelector('#said')!.append(line)
}

async function login(server: string, SDKAppID: number, userID: string, userSig: string, to: string): Promise<void> {
  Object.assign(state, { user: userID, to })
  chat = TencentCloudChat.create({ SDKAppID, proxyServer: server })
  chat.setLogLevel(4)
  chat.on(EVENT.MESSAGE_RECEIVED, (e) => (e.data as Message[]).forEach(show))
  const ready = new Promise<void>((resolve) => chat.on(EVENT.SDK_READY, () => resolve()))
  await chat.login({ userID, userSig })
  await ready
}

async function older(): Promise<void> {
  const { data } = await chat.getMessageList({ conversationID: 'C2C' + state.to })
  data.messageList.forEach(show)
}

const send = (m: Message) => chat.sendMessage(m).then(({ data }) => show(data.message), (err) => (state.failed = String(err)))

document.querySelector<HTMLFormElement>('#say')!.onsubmit = (event) => {
  event.preventDefault()
  const { value } = document.querySelector<HTMLInputElement>('#text')!
  void send(chat.createTextMessage({ to: state.to, conversationType: TYPES.CONV_C2C, payload: { text: value } }))
}

document.querySelector<HTMLInputElement>('#file')!.onchange = (event) => {
  const file = event.target as HTMLInputElement
  const onProgress = (share: number) => void state.progress.push(share)
  void send(chat.createImageMessage({ to: state.to, conversationType: TYPES.CONV_C2C, payload: { file }, onProgress }))
}

Object.assign(window, { login, older, state, logout: () => chat.logout(), features: () => chat.request('me').then((r) => r.data.Features) })
