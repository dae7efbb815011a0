export { gcpManager } from './gcp-manager.ts'
