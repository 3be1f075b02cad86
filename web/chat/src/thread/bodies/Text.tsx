// Text: links to http and https become links, everything else stays text.

const links = /https?:\/\/[^\s<>"'，。！？；：、）】》]+/gi
const tail = /[.,!?;:)\]}'"]+$/
const emoji = /^(?:\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?(?:\u200d\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)*|\p{Regional_Indicator}{2}|\s)+$/u

/** onlyEmoji: one to four of them, and nothing else; they are drawn large. */
export function onlyEmoji(text: string): boolean {
  return !!text && text.length <= 32 && emoji.test(text) && /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(text) && [...new Intl.Segmenter().segment(text.replace(/\s/g, ''))].length <= 4
}

interface Part {
  text: string
  href?: string
  at?: boolean
}

/** parts cuts a text into words and links; with mentions also what begins with @. */
export function parts(text: string, mentions = false): Part[] {
  const out: Part[] = []
  let from = 0
  for (const found of text.matchAll(links)) {
    const address = found[0].replace(tail, '')
    if (!URL.canParse(address)) continue
    out.push({ text: text.slice(from, found.index) }, { text: address, href: address })
    from = found.index + address.length
  }
  out.push({ text: text.slice(from) })
  const all = mentions ? out.flatMap((one) => (one.href ? [one] : one.text.split(/(@\S+)/).map((s) => ({ text: s, at: s.startsWith('@') && s.length > 1 })))) : out
  return all.filter((one) => one.text)
}

export function Text({ text, mentions }: { text: string; mentions?: boolean }) {
  if (onlyEmoji(text)) return <span class="text large">{text}</span>
  return (
    <span class="text">
      {parts(text, mentions).map((one) => one.href
        ? <a href={one.href} target="_blank" rel="noreferrer noopener nofollow" tabIndex={-1}>{one.text}</a>
        : one.at ? <b class="at">{one.text}</b> : one.text)}
    </span>
  )
}
