export { coreManager } from './core-manager.ts'
