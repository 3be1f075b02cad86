// Emoji of the system, a small list of our own.

import { useRef } from 'preact/hooks'
import { t, type Key } from '../i18n/index.ts'
import { useTrap, within } from '../ui/focus.ts'

const kinds: [Key, string][] = [
  ['emojiSmileys', '😀 😃 😄 😁 😆 😅 😂 🙂 😉 😊 😇 🥰 😍 😘 😋 😛 😜 🤪 🤗 🤔 🤨 😐 😑 😶 🙄 😏 😴 😌 😔 😪 🤤 😷 🤒 🥵 🥶 😵 🤯 😎 🤓 😕 😟 😮 😲 😳 🥺 😨 😢 😭 😱 😤 😡 😈 💩 👻 🤖'],
  ['emojiHands', '👍 👎 👌 🤏 ✌️ 🤞 🤟 🤙 👈 👉 👆 👇 ☝️ ✋ 👋 💪 🙏 👏 🙌 🤝 ✍️ 🙋 🙅 🙆 🤷 🤦'],
  ['emojiThings', '🎉 🎂 🎁 🏆 ⚽ 🏀 🎵 🎮 📷 💻 📱 ⏰ 💡 🔥 ⭐ 🌈 ☀️ 🌙 ☔ ❄️ 🌸 🌹 🍀 🐶 🐱 🐼 🦊 🐸 🐵 🍵 ☕ 🍺 🍜 🍚 🥟 🍎 🍉 🍰 🚗 ✈️ 🚀 🏠 ✅ ❌ ❓ ❗ 💯'],
  ['emojiHearts', '❤️ 🧡 💛 💚 💙 💜 🖤 🤍 💔 💕 💞 💓 💗 💖 💘'],
]
const across = 8

export default function Emoji({ put, close }: { put: (emoji: string) => void; close: () => void }) {
  const ref = useRef<HTMLDivElement>(null)
  useTrap(ref, close)
  const move = (e: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[e.key]
    if (!step) return
    e.preventDefault()
    const all = within(ref.current!)
    all[Math.min(all.length - 1, Math.max(0, all.indexOf(document.activeElement as HTMLElement) + step))]?.focus()
  }
  return (
    <div ref={ref} class="emoji scroll" role="dialog" aria-label={t('emoji')} onKeyDown={move}>
      {kinds.map(([name, list]) => (
        <section key={name} aria-label={t(name)}>
          <h3>{t(name)}</h3>
          <div class="emoji-grid">{list.split(' ').map((one) => <button key={one} type="button" aria-label={one} onClick={() => put(one)}>{one}</button>)}</div>
        </section>
      ))}
    </div>
  )
}
