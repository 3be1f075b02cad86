// The parts that this page has beside conversations.

import '../call/start.ts'
import { details, dialogs, pages } from './registry.ts'

pages.contacts = () => import('./contacts/Contacts.tsx')
pages.search = () => import('./search/Search.tsx')
pages.me = () => import('./me/Me.tsx')
pages.settings = () => import('./settings/Settings.tsx')
details.load = () => import('./details/Details.tsx')
dialogs.profile = () => import('./people/Profile.tsx')
dialogs.addFriend = () => import('./people/AddFriend.tsx')
dialogs.createGroup = () => import('./groups/CreateGroup.tsx')
dialogs.joinGroup = () => import('./groups/JoinGroup.tsx')
