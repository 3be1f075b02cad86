/** Schema is as much of JSON Schema as the OpenAPI document of the commands uses. */
export interface Schema {
  $ref?: string
  type?: string
  enum?: (string | number)[]
  properties?: Record<string, Schema>
  items?: Schema
  required?: string[]
  description?: string
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
  example?: unknown
}

interface Media { schema?: Schema; example?: unknown }

export interface Document {
  paths: Record<string, Record<string, { tags?: string[]; description?: string; requestBody?: { content: Record<string, Media> } }>>
  components?: { schemas?: Record<string, Schema> }
}

export interface Command {
  service: string
  name: string
  spec: string // where the command is described
  schema: Schema
  example?: unknown
}

/** commands are those of the document, service by service. */
export function commands(document: Document): Command[] {
  return Object.entries(document.paths).flatMap(([path, methods]) => {
    const [, , service, name] = path.split('/')
    if (!service || !name || !methods.post) return []
    const body = methods.post.requestBody?.content['application/json']
    return [{ service, name, spec: methods.post.description ?? '', schema: resolve(document, body?.schema ?? {}), example: body?.example ?? body?.schema?.example }]
  })
}

export function resolve(document: Document, schema: Schema): Schema {
  const name = schema.$ref?.split('/').pop()
  return name ? { ...document.components?.schemas?.[name], description: schema.description } : schema
}

export interface Member {
  name: string
  schema: Schema
  kind: 'text' | 'number' | 'switch' | 'choice' | 'lines' | 'json'
  required: boolean
}

/** members are the fields of a command's body, required ones first; other names of the same are left out. */
export function members(document: Document, schema: Schema): Member[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {})
    .filter(([, inner]) => !inner.description?.startsWith('Another name of'))
    .map(([name, inner]) => ({ name, schema: resolve(document, inner), kind: kindOf(document, resolve(document, inner)), required: required.has(name) }))
    .sort((a, b) => Number(b.required) - Number(a.required))
}

function kindOf(document: Document, schema: Schema): Member['kind'] {
  if (schema.enum) return 'choice'
  switch (schema.type) {
    case 'string': return 'text'
    case 'integer': case 'number': return 'number'
    case 'boolean': return 'switch'
    case 'array': return resolve(document, schema.items ?? {}).type === 'string' ? 'lines' : 'json'
    default: return 'json'
  }
}

const deepest = 4

/** sample is a body to begin with: the required members, empty. */
export function sample(document: Document, schema: Schema, depth = 0): unknown {
  const at = resolve(document, schema)
  if (at.example !== undefined) return at.example
  if (at.enum) return at.enum[0]
  switch (at.type) {
    case 'string': return ''
    case 'integer': case 'number': return at.minimum && at.minimum > 0 ? at.minimum : 0
    case 'boolean': return false
    case 'array': return depth < deepest && at.items ? [sample(document, at.items, depth + 1)] : []
    default: return Object.fromEntries((at.required ?? []).filter((name) => at.properties?.[name] && depth < deepest)
      .map((name) => [name, sample(document, at.properties![name]!, depth + 1)]))
  }
}
