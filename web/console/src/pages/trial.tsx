import { useState } from 'preact/hooks'
import { post } from '../api/client'
import { t } from '../i18n'
import { seconds } from '../i18n/format'
import { canWrite } from '../state/session'
import { Button } from '../ui/button'
import { confirm } from '../ui/dialog'
import { Notice } from '../ui/empty'
import { Field } from '../ui/field'
import { Badge, Card, Code } from '../ui/small'
import { words } from '../ui/words'
import { members, sample, type Command, type Document } from './openapi'
import { MemberField } from './trialfield'

interface Envelope { ActionStatus?: string; ErrorCode?: number; ErrorInfo?: string }
interface Answer { body: Envelope; took: number }

/** lasting: commands by whose names something is taken away; they are asked for before they run. */
const lasting = /delete|destroy|clear|kick|withdraw|recall|invalidate|forbid/i

/** Trial is one command: its body as a form or as JSON, and the answer. */
export function Trial({ app, command, document, reads }: { app: number; command: Command; document: Document; reads: boolean }) {
  const [body, setBody] = useState<Record<string, unknown>>(() => (command.example ?? sample(document, command.schema)) as Record<string, unknown>)
  const [text, setText] = useState<string>() // of the JSON tab, while it is open
  const [answer, setAnswer] = useState<Answer>()
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const fields = members(document, command.schema)
  const barred = !reads && !canWrite.value

  const read = (): Record<string, unknown> | undefined => {
    if (text === undefined) return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, lines(value)]))
    try {
      return JSON.parse(text) as Record<string, unknown>
    } catch (cause) {
      setProblem(t('json.wrong', { message: (cause as Error).message }))
      return undefined
    }
  }
  const run = async (what: Record<string, unknown>) => {
    setBusy(true)
    setProblem('')
    const began = performance.now()
    try {
      const envelope = await post<Envelope>(['apps', app, 'rest', command.service, command.name], what)
      setAnswer({ body: envelope, took: performance.now() - began })
    } catch (cause) {
      setAnswer(undefined)
      setProblem(words(cause))
    }
    setBusy(false)
  }
  const submit = () => {
    setProblem('')
    const what = read()
    if (!what) return
    if (reads || !lasting.test(command.name)) return void run(what)
    confirm({ title: t('try.confirm.title', { command: command.name }), text: t('try.confirm.text'), name: command.name, action: t('try.run'), danger: true, run: () => run(what) })
  }
  const toJSON = () => { setProblem(''); setText(JSON.stringify(body, null, 2)) }
  const toForm = () => {
    setProblem('')
    const what = read()
    if (!what) return
    setBody(what)
    setText(undefined)
  }
  return (
    <div class="stack">
      <Card title={`${command.service}/${command.name}`} aside={<><Badge tone={reads ? 'plain' : 'warn'}>{t(reads ? 'try.reads' : 'try.writes')}</Badge><span class="hint">{command.spec}</span></>}>
        <div class="pick" role="group" aria-label={t('try.body')}>
          <button type="button" aria-pressed={text === undefined} onClick={toForm}>{t('try.form')}</button>
          <button type="button" aria-pressed={text !== undefined} onClick={toJSON}>JSON</button>
        </div>
        <form class="stack" onSubmit={(event) => { event.preventDefault(); submit() }}>
          {text !== undefined ? <Field label={t('try.body')} value={text} onInput={setText} rows={14} mono plain />
            : fields.length === 0 ? <p class="dim">{t('try.noBody')}</p>
              : <div class="form-grid">{fields.map((member) => <MemberField key={member.name} member={member} body={body} onChange={setBody} />)}</div>}
          {problem && <p class="problem" role="alert">{problem}</p>}
          <div class="form-foot"><Button type="submit" kind="primary" icon="tryout" write={barred} busy={busy}>{t('try.run')}</Button></div>
        </form>
      </Card>
      {answer && <Answered answer={answer} />}
    </div>
  )
}

/** lines leaves out empty lines of a list that was typed. */
function lines(value: unknown): unknown {
  return Array.isArray(value) ? value.filter((one) => one !== '') : value
}

function Answered({ answer: { body, took } }: { answer: Answer }) {
  const good = (body.ErrorCode ?? 0) === 0
  return (
    <Card title={t('try.answer')} aside={<span class="hint">{seconds(took / 1000)}</span>}>
      <div aria-live="polite" class="stack">
        <Notice tone={good ? 'good' : 'bad'}>
          {good ? t('try.ok') : <span><b>{body.ErrorCode}</b> {body.ErrorInfo}</span>}
          {!good && <span class="hint">{t('try.code', { code: body.ErrorCode ?? 0 })}</span>}
        </Notice>
        <Code text={JSON.stringify(body, null, 2)} label={t('try.answer')} />
      </div>
    </Card>
  )
}
