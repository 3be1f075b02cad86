import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import {
  Chat, ChatHeader, ChatSetting, ContactInfo, ContactList, ConversationList, MessageInput, MessageList, Search, UIKitProvider, useLoginState, VariantType,
} from '@tencentcloud/chat-uikit-react'
import { plain, user } from './user.mjs'

function App() {
  const { login, loginUserInfo } = useLoginState()
  const [at, go] = useState('chats')
  const [side, setSide] = useState('')
  const show = (name) => () => setSide(side === name ? '' : name)
  useEffect(() => {
    login(user).catch((err) => console.error('login', err))
  }, [])
  if (!loginUserInfo) return <p className="out">Not logged in</p>
  return (
    <div className="app">
      <nav>
        <button id="chats" onClick={() => go('chats')}>Chats</button>
        <button id="contacts" onClick={() => go('contacts')}>Contacts</button>
        <button id="search" onClick={show('search')}>Search</button>
        <button id="settings" onClick={show('settings')}>Settings</button>
      </nav>
      {at === 'chats' ? (
        <>
          <ConversationList className="list" onBeforeCreateConversation={plain} />
          <Chat className="chat">
            <ChatHeader />
            <MessageList enableReadReceipt />
            <MessageInput actions={['AttachmentPicker']} />
          </Chat>
          {side === 'settings' && <ChatSetting className="side" onClose={() => setSide('')} />}
          {side === 'search' && <Search className="side" variant={VariantType.EMBEDDED} />}
        </>
      ) : (
        <>
          <ContactList className="list" />
          <ContactInfo className="chat" onSendMessage={() => go('chats')} onEnterGroup={() => go('chats')} />
        </>
      )}
    </div>
  )
}

createRoot(document.getElementById('app')).render(<UIKitProvider theme="light" language="en-US"><App /></UIKitProvider>)
