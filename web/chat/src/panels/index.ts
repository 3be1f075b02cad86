// The parts that this page has beside conversations.

import './registry.ts'
