export const messageTabs = ['raw', 'tree', 'steps', 'timeline'] as const
export type MessageTab = (typeof messageTabs)[number]
