// The style of the page, in the order in which it is laid on.
import './tokens.css'
import './base.css'
import './ui.css'
import './shell.css'
import './list.css'
import './thread.css'
import './bodies.css'
import './composer.css'
