// Custom messages that this page knows: each kind gives its words by what stands in `data`.

type Words = (data: Record<string, any>) => string | undefined

const kinds: Words[] = []

/** knowCustom lets a part of the page give the words of its custom messages. */
export const knowCustom = (words: Words): void => void kinds.push(words)

/** customData reads the JSON of a custom message; null: it is none. */
export function customData(payload: { data: string }): Record<string, any> | null {
  try {
    const data = JSON.parse(payload.data)
    return data && typeof data === 'object' ? data : null
  } catch {
    return null
  }
}

/** customText is what a custom message says; '' when nobody knows it, and nobody described it. */
export function customText(payload: { data: string; description?: string }): string {
  const data = customData(payload)
  if (data) {
    for (const words of kinds) {
      const text = words(data)
      if (text) return text
    }
    if (data.businessID === 'group_create' && typeof data.content === 'string') return `${data.opUser ?? ''} ${data.content}`.trim()
    if (typeof data.text === 'string' && data.businessID === 'text_link') return data.text
  }
  return payload.description ?? ''
}
