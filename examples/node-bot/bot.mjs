// A bot that is a backend: it is told by webhooks, answers by REST, and has a say before a
// message is sent. Nothing but Node (18 or later).
//
//     WEBHOOK_TOKEN=... node examples/node-bot/bot.mjs [PORT]
//
// It needs IM_REST, IM_SDKAPPID and IM_KEY; the file of tickets of "teahouse dev" sets them. Start it
// first, then let the app call it: teahouse dev --webhook http://127.0.0.1:8070/im (the token is
// "dev" then); in production webhook.url, webhook.token and webhook.events of the app, with
// C2C.CallbackBeforeSendMsg, Group.CallbackBeforeSendMsg, C2C.CallbackAfterSendMsg and
// Group.CallbackAfterSendMsg. The account "teabot" is made at the start; write to it, or say
// "@teabot" in a group.
import { createHash, createHmac, randomInt, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { deflateSync } from 'node:zlib'

const { IM_REST, IM_SDKAPPID, IM_KEY, WEBHOOK_TOKEN } = process.env
if (!IM_REST || !IM_SDKAPPID || !IM_KEY || !WEBHOOK_TOKEN) {
  console.error('IM_REST, IM_SDKAPPID, IM_KEY and WEBHOOK_TOKEN are needed')
  process.exit(2)
}
const BOT = 'teabot'
const REFUSED = /\bcoffee\b/i // a word that nobody may say here

// A UserSig (docs/rest.md): signed with the app's key, which stays in the backend.
function userSig(user, life = 3600) {
  const now = Math.floor(Date.now() / 1000)
  const text = `TLS.identifier:${user}\nTLS.sdkappid:${IM_SDKAPPID}\nTLS.time:${now}\nTLS.expire:${life}\n`
  const ticket = {
    'TLS.ver': '2.0', 'TLS.identifier': user, 'TLS.sdkappid': Number(IM_SDKAPPID), 'TLS.time': now, 'TLS.expire': life,
    'TLS.sig': createHmac('sha256', IM_KEY).update(text).digest('base64'),
  }
  return deflateSync(JSON.stringify(ticket)).toString('base64').replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_')
}

let ticket = { text: '', until: 0 }
function adminTicket() {
  if (Date.now() > ticket.until) ticket = { text: userSig('administrator'), until: Date.now() + 1800_000 }
  return ticket.text
}

const BUSY = new Set([60008, 60011]) // refusals that say nothing of the call: try again

// rest calls a command. One that was not answered is made again with the same body; a message is
// known again by its ClientMsgId (docs/rest.md, "Send again").
async function rest(command, body) {
  for (let wait = 500; ; wait = Math.min(wait * 2, 30_000)) {
    const query = new URLSearchParams({
      sdkappid: IM_SDKAPPID, identifier: 'administrator', usersig: adminTicket(), random: randomInt(2 ** 32), contenttype: 'json',
    })
    try {
      const response = await fetch(`${IM_REST}/${command}?${query}`, { method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(15_000) })
      const answer = await response.json()
      if (answer.ErrorCode === 0) return answer
      if (!BUSY.has(answer.ErrorCode)) throw Object.assign(new Error(`${command}: ${answer.ErrorCode} ${answer.ErrorInfo}`), { final: true })
    } catch (err) {
      if (err.final) throw err
      console.error(`${command}: ${err.cause?.code ?? err.message}, again in ${wait} ms`)
    }
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

const textOf = (e) => (e.MsgBody ?? []).map((m) => m.MsgContent.Text ?? '').join(' ')
const elements = (text) => [{ MsgType: 'TIMTextElem', MsgContent: { Text: text } }]

// An event may be told more than once. Its answer has a ClientMsgId that is made of the event's
// id, so that the second answer is the first one again, and no second message.
const markOf = (id) => createHash('sha256').update(id).digest('hex')

async function told(command, event, id) {
  const text = textOf(event)
  if (event.From_Account === BOT) return // or it would answer itself
  const reply = `you said: ${text}`
  if (command === 'C2C.CallbackAfterSendMsg' && event.To_Account === BOT && event.SendMsgResult === 0) {
    await rest('openim/sendmsg', { SyncOtherMachine: 1, From_Account: BOT, To_Account: event.From_Account, MsgRandom: randomInt(2 ** 31), ClientMsgId: markOf(id), MsgBody: elements(reply) })
  } else if (command === 'Group.CallbackAfterSendMsg' && text.includes('@' + BOT)) {
    await rest('group_open_http_svc/send_group_msg', { GroupId: event.TopicId ?? event.GroupId, From_Account: BOT, Random: randomInt(2 ** 31), ClientMsgId: markOf(id), MsgBody: elements(reply) })
  } else return
  console.log(`answered ${event.From_Account}: ${JSON.stringify(text)}`)
}

// What is asked before a message goes out: 0 lets it pass, a number of the app's own refuses
// it, and the sender is shown it with the text (spec/30 §3).
function asked(command, event) {
  if (!REFUSED.test(textOf(event))) return { ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '' }
  console.log(`refused ${event.From_Account}`)
  return { ActionStatus: 'OK', ErrorCode: command.startsWith('Group.') ? 10101 : 120001, ErrorInfo: 'this is a tea house' }
}

// The signature: SHA-256 of the token and RequestTime (spec/30 §2), not older than five minutes.
function signed(query) {
  const time = query.get('RequestTime') ?? ''
  const want = createHash('sha256').update(WEBHOOK_TOKEN + time).digest('hex')
  const got = query.get('Sign') ?? ''
  return got.length === want.length && timingSafeEqual(Buffer.from(got), Buffer.from(want)) && Math.abs(Date.now() / 1000 - Number(time)) < 300 && query.get('SdkAppid') === IM_SDKAPPID
}

const server = createServer((request, response) => {
  const answer = (status, body) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  const query = new URL(request.url, 'http://localhost').searchParams
  if (request.method !== 'POST' || !signed(query)) return answer(403, { ErrorCode: 1, ErrorInfo: 'not signed' })
  const parts = []
  let size = 0
  request.on('data', (part) => ((size += part.length) > 1 << 20 ? request.destroy() : parts.push(part)))
  request.on('end', async () => {
    try {
      const command = query.get('CallbackCommand')
      const event = JSON.parse(Buffer.concat(parts))
      if (command.includes('.CallbackBefore')) return answer(200, asked(command, event))
      await told(command, event, request.headers['x-teahouse-event-id']) // 200 means done: without it the event comes again
      answer(200, { ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '' })
    } catch (err) {
      console.error(err.message)
      answer(err.final ? 200 : 500, { ActionStatus: 'FAIL', ErrorCode: 1, ErrorInfo: 'not done' })
    }
  })
})
server.listen(Number(process.argv[2] ?? 8070), '127.0.0.1', async () => {
  console.log(`listening on ${server.address().port}`)
  await rest('im_open_login_svc/account_import', { UserID: BOT, Nick: 'Tea bot' })
  console.log('ready')
})
