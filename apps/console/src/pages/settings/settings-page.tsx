import { Button, SegmentedControl, useMantineColorScheme } from '@mantine/core'
import { IconLogout } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useFeedPart } from '../../api/live-status.ts'
import { useSession, useSignOut } from '../../api/session.ts'
import { formatBytes } from '../../model/format.ts'
import { ErrorLine } from '../../parts/error-state.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { Lasting } from '../../parts/time.tsx'
import { shortcutHelp } from '../../shell/shortcuts.ts'
import classes from './settings-page.module.css'

export function SettingsPage(): ReactElement {
  const session = useSession()
  const signOut = useSignOut()
  const status = useFeedPart(feed => feed.status)
  return (
    <>
      <PageHeader title="Settings" />
      <div className={classes.grid}>
        <section className={`panel ${classes.card}`} aria-labelledby="you">
          <h2 id="you">You</h2>
          <p>
            <strong>{session?.user}</strong>
            <span className="muted"> {session?.roles.join(', ')}</span>
          </p>
          <ul className={classes.permissions}>
            {session?.permissions.map(permission => (
              <li key={permission}>{permission}</li>
            ))}
          </ul>
          <ErrorLine error={signOut.error} />
          <Button
            variant="default"
            leftSection={<IconLogout size={16} />}
            loading={signOut.isPending}
            onClick={() => signOut.mutate()}
          >
            Sign out
          </Button>
        </section>
        <section className={`panel ${classes.card}`} aria-labelledby="look">
          <h2 id="look">Appearance</h2>
          <ColorScheme />
        </section>
        <section className={`panel ${classes.card}`} aria-labelledby="keys">
          <h2 id="keys">Keys</h2>
          <dl className={classes.keys}>
            {shortcutHelp.map(([keys, does]) => (
              <div key={keys}>
                <dt>
                  {keys
                    .split(' ')
                    .filter(Boolean)
                    .map(key => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
        {status && (
          <section className={`panel ${classes.card}`} aria-labelledby="server">
            <h2 id="server">Server</h2>
            <p>
              Samband {status.version}, up for <Lasting since={status.startedAt} />, {formatBytes(status.memoryBytes)}{' '}
              of memory.
            </p>
            <p>
              {status.database.kind === 'embedded' ? 'Embedded' : 'External'} PostgreSQL {status.database.version},{' '}
              {formatBytes(status.database.bytes)} stored.
            </p>
          </section>
        )}
      </div>
    </>
  )
}

function ColorScheme(): ReactElement {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <SegmentedControl
      aria-label="Colour scheme"
      value={colorScheme}
      onChange={value => setColorScheme(value === 'dark' || value === 'light' ? value : 'auto')}
      data={[
        { value: 'auto', label: 'As the machine' },
        { value: 'light', label: 'Light' },
        { value: 'dark', label: 'Dark' },
      ]}
    />
  )
}
