export { createMachinePoolController, type MachinePoolControllerOptions } from './machine-pool/controller.ts'
