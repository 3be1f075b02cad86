// The style of the dialogs that come late.
import { adopt } from '../style/adopt.ts'
import text from '../style/late.lazy.css'

adopt(text)
