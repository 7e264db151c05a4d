import { createTheme, type MantineColorsTuple, type MantineThemeOverride } from '@mantine/core'

const fjord: MantineColorsTuple = [
  '#e6f8f5',
  '#cdeee8',
  '#9dddd2',
  '#69cbbb',
  '#3fbba8',
  '#22a896',
  '#0f8f83',
  '#0b7a75',
  '#08625f',
  '#054846',
]

/** Night water: Mantine takes 7 as the page, 6 as fields, 5 as hover, 4 as lines, 0 as text. */
const dark: MantineColorsTuple = [
  '#dfe8ed',
  '#b7c5ce',
  '#93a5b1',
  '#6c808d',
  '#2b3b47',
  '#1f2c36',
  '#14202a',
  '#0b1116',
  '#080d11',
  '#05080b',
]

export const colorSchemeKey = 'samband-color-scheme'

export const theme: MantineThemeOverride = createTheme({
  primaryColor: 'fjord',
  primaryShade: 7,
  colors: { fjord, dark },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  headings: { fontFamily: "'Inter Variable', system-ui, sans-serif", fontWeight: '620' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: true } } },
    Modal: {
      defaultProps: {
        closeButtonProps: { 'aria-label': 'Close' },
        centered: true,
        overlayProps: { backgroundOpacity: 0.45, blur: 3 },
        radius: 'lg',
      },
    },
    Button: { defaultProps: { size: 'sm' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
  },
})
