// What can be done with a group that friends are sorted into.

import { t } from '../../i18n/index.ts'
import { chat } from '../../state/session.ts'
import { ask, askText } from '../../ui/Dialog.tsx'
import { openMenuBelow } from '../../ui/Menu.tsx'
import { saved } from '../live.ts'
import { pickPeople } from '../people/PickPeople.tsx'
import { friendGroups, friends } from '../people/state.ts'

const again = () => Promise.all([friendGroups.again(), friends.again()])

export function groupMenu(button: Element, name: string, shown: (name: string) => void): void {
  openMenuBelow(button, name, [
    { text: t('addMembers'), icon: 'plus', act: () => void add(name) },
    { text: t('rename'), icon: 'edit', act: () => void rename(name, shown) },
    { text: t('remove'), icon: 'trash', danger: true, parted: true, act: () => void remove(name, shown) },
  ])
}

async function add(name: string): Promise<void> {
  const inside = new Set(friendGroups.value.value?.find((g) => g.name === name)?.userIDList)
  const chosen = await pickPeople({ title: name, yes: t('add'), most: 100, without: inside })
  if (chosen.length === 0) return
  await saved(chat().addToFriendGroup({ name, userIDList: chosen.map((p) => p.userID) }))
  await again()
}

async function rename(oldName: string, shown: (name: string) => void): Promise<void> {
  const newName = await askText({ title: t('rename'), label: t('friendGroupName'), value: oldName, yes: t('save'), max: 30 })
  if (!newName || newName === oldName) return
  if (await saved(chat().renameFriendGroup({ oldName, newName }))) shown(newName)
  await again()
}

async function remove(name: string, shown: (name: string) => void): Promise<void> {
  if (!(await ask({ title: t('friendGroupRemove', { name }), text: t('friendGroupRemoveText'), yes: t('remove'), danger: true }))) return
  if (await saved(chat().deleteFriendGroup({ name }))) shown('')
  await again()
}
