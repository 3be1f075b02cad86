// The parts that this page has beside conversations.

import '../call/start.ts'
import { panelWords } from '../i18n/index.ts'
import { details, dialogs, pages } from './registry.ts'

/** spoken loads a panel together with the words of panels. */
const spoken = <M>(load: () => Promise<M>) => async (): Promise<M> => (await Promise.all([load(), panelWords()]))[0]

pages.contacts = spoken(() => import('./contacts/Contacts.tsx'))
pages.search = spoken(() => import('./search/Search.tsx'))
pages.me = spoken(() => import('./me/Me.tsx'))
pages.settings = spoken(() => import('./settings/Settings.tsx'))
details.load = spoken(() => import('./details/Details.tsx'))
dialogs.profile = spoken(() => import('./people/Profile.tsx'))
dialogs.addFriend = spoken(() => import('./people/AddFriend.tsx'))
dialogs.createGroup = spoken(() => import('./groups/CreateGroup.tsx'))
dialogs.joinGroup = spoken(() => import('./groups/JoinGroup.tsx'))
