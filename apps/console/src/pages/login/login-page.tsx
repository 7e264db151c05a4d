import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, type ReactElement, useEffect, useState } from 'react'
import { useSignIn } from '../../api/session.ts'
import { ErrorLine } from '../../parts/error-state.tsx'
import { Logo } from '../../shell/logo.tsx'
import classes from './login-page.module.css'

export function LoginPage(): ReactElement {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const { next } = useSearch({ from: '/login' })
  const navigate = useNavigate()
  const signIn = useSignIn()
  useEffect(() => {
    document.title = 'Sign in · Samband'
  }, [])
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    signIn.mutate({ name: name.trim(), password }, { onSuccess: () => void navigate({ href: next ?? '/' }) })
  }
  return (
    <main className={classes.page}>
      <Waves />
      <form className={classes.card} onSubmit={onSubmit} aria-labelledby="login-title">
        <Logo size={44} />
        <h1 id="login-title" className={classes.title}>
          Samband
        </h1>
        <p className={classes.lead}>
          What comes in is on disk before it is acknowledged. What goes out is accounted for.
        </p>
        <TextInput
          label="User name"
          autoComplete="username"
          autoCapitalize="none"
          required
          withAsterisk={false}
          autoFocus
          size="md"
          value={name}
          onChange={event => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          size="md"
          value={password}
          onChange={event => setPassword(event.currentTarget.value)}
        />
        <ErrorLine error={signIn.error} />
        <Button type="submit" size="md" fullWidth mt={6} loading={signIn.isPending}>
          Sign in
        </Button>
        <p className={classes.help}>
          The first password was printed by <code>npm start</code>. Lost it? Run{' '}
          <code>samband admin reset-password</code> on the server.
        </p>
      </form>
    </main>
  )
}

/** Quiet lines that join two sides: decoration only. */
function Waves(): ReactElement {
  return (
    <svg className={classes.waves} viewBox="0 0 1440 900" preserveAspectRatio="xMidYMid slice" aria-hidden>
      {Array.from({ length: 11 }, (_, index) => {
        const from = 90 + index * 72
        const to = 820 - index * 66
        return <path key={from} d={`M-20,${from} C500,${from} 940,${to} 1460,${to}`} />
      })}
    </svg>
  )
}
