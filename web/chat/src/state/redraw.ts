// The objects of the SDK stay the same and change inside. Signals make every component that
// reads one skip drawing when its props are the same, which says nothing here: switched off.

import '@preact/signals'
import { Component } from 'preact'

Component.prototype.shouldComponentUpdate = () => true
