import { play } from './play.ts'

play('vue')
