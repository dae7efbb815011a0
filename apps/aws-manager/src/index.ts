export { awsManager } from './aws-manager.ts'
