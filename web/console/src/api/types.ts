/** Answers of the operator API. Members in _at are Unix milliseconds, 0 when not known. */

export type Role = 'read' | 'write'

export interface Page<T> {
  items: T[]
  next: string
}

export interface Session {
  name: string
  role: Role
  kind: 'session' | 'token' | 'socket'
  csrf: string
  expires_at: number
  idle_at: number
  version: string
}

export interface Link {
  kind: 'first' | 'invite' | 'login'
  name: string
  role: Role
  expires_at: number
}

export interface Operator {
  name: string
  role: Role
  disabled: boolean
  created_at: number
  last_login_at: number
  sessions: number
}

export interface Invite {
  token: string
  path: string
  expires_at: number
}

export interface OperatorSession {
  id: string
  operator: string
  created_at: number
  used_at: number
  expires_at: number
  address: string
  agent: string
  current: boolean
}

export interface AuditLine {
  id: string
  at: number
  actor: string
  kind: 'session' | 'token' | 'socket'
  action: string
  object: string
  app: number
  address: string
  result: string
  detail: string
}

export interface Overview {
  version: string
  go: string
  started_at: number
  now: number
  uptime_seconds: number
  ready: boolean
  why: string
  now_values: Record<string, number>
  apps: number
  data_dir: string
  listeners: Record<string, string>
}

export interface History {
  every_seconds: number
  names: string[]
  points: number[][]
}

export interface AppItem {
  id: number
  name: string
  disabled: boolean
  deleting: boolean
  removed: number
  declared: boolean
  administrators: string[]
  online: number
  connections?: number
  accounts: number
  groups: number
  webhook: boolean
  push: string[]
  search: boolean
}

export interface AppKey {
  id: string
  not_after_at: number
}

export interface NewKey {
  id: string
  secret: string
}

export type Settings = Record<string, unknown>

export interface App extends AppItem {
  keys: AppKey[]
  settings: Settings
  defaults?: Record<string, Record<string, number>>
  figures: Record<string, string | number>[]
}

export interface User {
  user: string
  nick: string
  face_url: string
  created_at: number
  online: boolean
  devices: number
  administrator: boolean
}

export interface UserDetail extends User {
  kicked_at: number
  muted_c2c_until_at: number
  muted_group_until_at: number
  profile: Record<string, unknown>
  connections: Connection[]
  push_devices: number
}

export interface UserGroup {
  group: string
  type: string
  name: string
  role: string
  members: number
}

export interface Conversation {
  conversation: string
  peer: string // the other user, or the group
  name: string // of the group
  unread: number
  pinned: boolean
  last_at: number
}

export interface Group {
  group: string
  type: string
  name: string
  owner: string
  members: number
  created_at: number
  last_at: number
  muted: boolean
}

export interface GroupDetail extends Group {
  notification: string
  introduction: string
  face_url: string
  join: string
  invite: string
  max_members: number
  next_seq: number
}

export interface Member {
  user: string
  nick: string
  role: string
  joined_at: number
  name_card: string
  muted_until_at: number
}

export interface Element {
  MsgType: string
  MsgContent: Record<string, unknown>
}

export interface Message {
  seq: number
  at: number
  from: string
  body: Element[]
  cloud: string
  to: string[]
  tip: string // the kind of a group tip
  recalled: boolean
  modified: boolean
  key: string
  client_msg_id: string
}

export interface Connection {
  app: number
  user: string
  client: string
  platform: string
  address: string
  since_at: number
  protocol: string
  behind: number
  persistent: boolean
  unacked: number
}

export interface Webhooks {
  on: boolean
  url: string
  events: string[]
  all: boolean
  queue: number
  oldest_at: number
  paused_until_at: number
  failures: number
  answered_at: number
  dead: number
  dead_more: boolean
}

export interface WebhookResult {
  at: number
  command: string
  outcome: string
  status: number
  took_ms: number
  message: string
  event_id: string
}

export interface DeadLetter {
  id: string
  command: string
  at: number
  key: string
}

export interface Push {
  channels: { channel: string; on: boolean; waiting: number; oldest_at: number; paused: boolean }[]
}

export interface PushTask {
  task: string
  state: string
  from: string
  kind: string
  batch: boolean
  scheduled: string // the scheduled task that it is of
  at: number
  done_at: number
  users: number
  failed: number
}

export interface ScheduledPush {
  task: string
  state: string
  kind: string
  title: string
  text: string
  at: number
  made_at: number
  users: number
  failed: number
}

export interface CheckStep {
  step: string
  ok: boolean
  code: number
  text: string
}
