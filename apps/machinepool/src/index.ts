export { startSystem, type System, type SystemOptions } from './system/start-system.ts'
