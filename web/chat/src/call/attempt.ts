// What hinders a call ends it, with words.

import { toast } from '../ui/Toast.tsx'
import type { Call } from './Call.ts'
import { DeviceError } from './devices.ts'

/** attempt does something for a call; a fault that has no words of its own is thrown. */
export async function attempt(call: Call, what: () => Promise<void>): Promise<void> {
  try {
    await what()
  } catch (err) {
    const over = call.phase.value === 'over'
    call.finish()
    if (err instanceof DeviceError) toast(err.message, true)
    else if (!over) throw err
  }
}
