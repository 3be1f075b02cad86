import { createApp, h, ref } from 'vue'
import { Chat, ChatHeader, ChatSetting, ContactInfo, ContactList, ConversationList, MessageInput, MessageList, Search, UIKitProvider, useLoginState, VariantType } from '@tencentcloud/chat-uikit-vue3'
import { plain, user } from './user.mjs'

const App = {
  setup() {
    const { login, loginUserInfo } = useLoginState()
    login(user).catch((err) => console.error('login', err))
    const at = ref('chats')
    const side = ref('')
    const show = (name) => () => (side.value = side.value === name ? '' : name)
    return () => !loginUserInfo.value ? h('p', { class: 'out' }, 'Not logged in') : h('div', { class: 'app' }, [
      h('nav', [
        h('button', { id: 'chats', onClick: () => (at.value = 'chats') }, 'Chats'),
        h('button', { id: 'contacts', onClick: () => (at.value = 'contacts') }, 'Contacts'),
        h('button', { id: 'search', onClick: show('search') }, 'Search'),
        h('button', { id: 'settings', onClick: show('settings') }, 'Settings'),
      ]),
      ...(at.value === 'chats' ? [
        h(ConversationList, { class: 'list', onBeforeCreateConversation: plain }),
        h(Chat, { class: 'chat' }, () => [h(ChatHeader), h(MessageList, { enableReadReceipt: true }), h(MessageInput, { actions: ['AttachmentPicker'] })]),
        side.value === 'settings' && h(ChatSetting, { class: 'side', onClose: () => (side.value = '') }),
        side.value === 'search' && h(Search, { class: 'side', variant: VariantType.EMBEDDED }),
      ] : [
        h(ContactList, { class: 'list' }),
        h(ContactInfo, { class: 'chat', onEnterChat: () => (at.value = 'chats'), onSendMessage: () => (at.value = 'chats') }),
      ]),
    ])
  },
}

createApp({ render: () => h(UIKitProvider, { theme: 'light', language: 'en-US' }, () => h(App)) }).mount('#app')
