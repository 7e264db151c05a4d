export { type Permission, permissions, permissionsOf, permissionsOfRole, type Role, roles } from '@samband/access'
export type {
  AccessPort,
  AuditSearch,
  AuditView,
  Principal,
  SignInResult,
  TokenFacts,
  UserFacts,
} from './access-port.ts'
export { createOperationsClient, type OperationsClient, type OperationsClientOptions } from './client.ts'
export type { OperationsOptions } from './context.ts'
export type {
  BodyView,
  DeploymentPlanView,
  ErrorBody,
  EventView,
  NewPassword,
  NewToken,
  ParsedTree,
  SessionView,
  SystemStatus,
  Trace,
  TreeNode,
} from './contract.ts'
export type { DeploymentProgress, DeploymentsPort, DeploymentView, PlannedDeployment } from './deployments-port.ts'
export { type Endpoint } from './endpoint.ts'
export { endpoints } from './endpoints.ts'
export { csrfHeader, sessionCookieName } from './http/authentication.ts'
export { addSecurityHeaders, contentSecurityPolicy } from './http/security-headers.ts'
export { unknownPath } from './http/http-error.ts'
export { defaultOperationsLimits, type OperationsLimits } from './limits.ts'
export { openApiDescription } from './openapi.ts'
export { operationsPlugin, sendError } from './plugin.ts'
export { routeGraph } from './route-graph.ts'
export { formatSchemaIssue, type SchemaIssue, schemaIssues } from './schema-issues.ts'
