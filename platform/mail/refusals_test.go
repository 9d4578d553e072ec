package mail

import (
	"context"
	"net"
	"strings"
	"testing"

	"stoa/platform/mail/mailtest"
)

// scripted returns a transport to a server that follows the script.
func scripted(t *testing.T, script mailtest.Script) *SMTP {
	t.Helper()
	_, port, err := net.SplitHostPort(mailtest.Scripted(t, script))
	if err != nil {
		t.Fatal(err)
	}
	smtp, err := New(Config{URL: "smtp://127.0.0.1:" + port, From: "Stoa <hello@stoa.test>"})
	if err != nil {
		t.Fatal(err)
	}
	return smtp
}

const (
	rcptUnknown = "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown"
	noSuchUser  = "550 No such user here"
)

// Only a refusal of the recipient is permanent, whatever the server announces and at
// whatever place of the text its code is.
func TestSend_Causes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		script mailtest.Script
		want   Cause
	}{
		"no such mailbox":              {mailtest.Script{Rcpt: rcptUnknown}, Recipient},
		"no such mailbox, announced":   {mailtest.Script{EHLO: "250-mail.test\r\n250 ENHANCEDSTATUSCODES", Rcpt: rcptUnknown}, Recipient},
		"no such mailbox, after DATA":  {mailtest.Script{Message: "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found"}, Recipient},
		"no such mailbox, three lines": {mailtest.Script{Rcpt: "550-5.1.1 The email account that you tried to reach does not exist.\r\n550-5.1.1 Please check\r\n550 5.1.1 it"}, Recipient},
		"no such mailbox, in brackets": {mailtest.Script{Rcpt: "550 sorry, no mailbox here by that name (#5.1.1)"}, Recipient},
		"no such mailbox, no code":     {mailtest.Script{Rcpt: noSuchUser}, Recipient},
		"user unknown":                 {mailtest.Script{Rcpt: "550 ada: user unknown"}, Recipient},
		"unknown user":                 {mailtest.Script{Rcpt: "550 Unknown user"}, Recipient},
		"unrouteable":                  {mailtest.Script{Rcpt: "550 Unrouteable address"}, Recipient},
		"511":                          {mailtest.Script{Rcpt: "511 no mailbox here"}, Recipient},
		"no such domain":               {mailtest.Script{Rcpt: "553 5.1.2 no such domain"}, Recipient},
		"malformed":                    {mailtest.Script{Rcpt: "501 5.1.3 bad address"}, Recipient},
		"moved":                        {mailtest.Script{Rcpt: "551 5.1.6 moved"}, Recipient},
		"null MX":                      {mailtest.Script{Rcpt: "556 5.1.10 the domain takes no email"}, Recipient},
		"disabled":                     {mailtest.Script{Rcpt: "550 5.2.1 The email account that you tried to reach is disabled"}, Recipient},

		"not verified":             {mailtest.Script{Message: "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: ada@example.com"}, Operator},
		"send as denied":           {mailtest.Script{Message: "554 5.2.252 SendAsDenied; hello@stoa.test not allowed to send as hello@stoa.test"}, Operator},
		"daily limit":              {mailtest.Script{Message: "550 5.4.5 Daily user sending limit exceeded"}, Operator},
		"quota of the sender":      {mailtest.Script{Message: "552 5.2.2 sending quota exceeded"}, Operator},
		"content":                  {mailtest.Script{Message: "554 5.7.1 looks like spam"}, Operator},
		"no code after DATA":       {mailtest.Script{Message: noSuchUser}, Operator},
		"DATA":                     {mailtest.Script{Data: "554 5.5.1 no valid recipients"}, Operator},
		"authentication at MAIL":   {mailtest.Script{Mail: "530 SMTP authentication is required."}, Operator},
		"authentication at RCPT":   {mailtest.Script{Rcpt: "550 Authentication required"}, Operator},
		"sender unknown at MAIL":   {mailtest.Script{Mail: "550 5.1.1 <hello@stoa.test>: user unknown"}, Operator},
		"sender unknown at RCPT":   {mailtest.Script{Rcpt: "550 5.1.1 <hello@stoa.test>: Sender address rejected: User unknown"}, Operator},
		"sender rejected, no code": {mailtest.Script{Rcpt: "550 Sender address rejected: User unknown"}, Operator},
		"relay":                    {mailtest.Script{Rcpt: "554 5.7.1 <ada@example.com>: Relay access denied"}, Operator},
		"relay, no code":           {mailtest.Script{Rcpt: "550 relay not permitted"}, Operator},
		"no reason":                {mailtest.Script{Rcpt: "550"}, Operator},
		"an IP address":            {mailtest.Script{Rcpt: "550 5.1.1.20 is blocked"}, Operator},
		"greeting":                 {mailtest.Script{Greeting: "554 No SMTP service here"}, Operator},
		"STARTTLS":                 {mailtest.Script{EHLO: "250-mail.test\r\n250 STARTTLS", StartTLS: "502 5.5.1 not now"}, Operator},

		"greylisted":              {mailtest.Script{Rcpt: "451 4.7.1 greylisted"}, Temporary},
		"450":                     {mailtest.Script{Rcpt: "450 mailbox unavailable"}, Temporary},
		"421":                     {mailtest.Script{Mail: "421 4.7.0 too many connections"}, Temporary},
		"421 greeting":            {mailtest.Script{Greeting: "421 busy"}, Temporary},
		"452":                     {mailtest.Script{Rcpt: "452 4.2.2 mailbox full"}, Temporary},
		"550 with a code 4.y.z":   {mailtest.Script{Rcpt: "550 4.1.1 user unknown"}, Temporary},
		"no code that exists":     {mailtest.Script{Rcpt: "999 5.1.1 odd"}, Temporary},
		"positive where 354 is":   {mailtest.Script{Data: "250 ok"}, Temporary},
		"no number":               {mailtest.Script{Rcpt: "user unknown"}, Connection},
		"closed":                  {mailtest.Script{Rcpt: mailtest.Close}, Connection},
		"closed after the dot":    {mailtest.Script{Message: mailtest.Close}, Connection},
		"closed at once":          {mailtest.Script{Greeting: mailtest.Close}, Connection},
		"a reply without end":     {mailtest.Script{Rcpt: strings.Repeat("550-no\r\n", 64<<10)}, Operator},
		"a line without end":      {mailtest.Script{Rcpt: "550 " + strings.Repeat("x", 512<<10)}, Connection},
		"a reply of many letters": {mailtest.Script{Rcpt: "550 5.1.1 " + strings.Repeat("x", 60<<10)}, Recipient},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := scripted(t, tt.script).Send(t.Context(), ada)
			if err == nil || CauseOf(err) != tt.want || IsPermanent(err) != (tt.want == Recipient) {
				t.Fatalf("Send = %v, cause %s, want %s", err, CauseOf(err), tt.want)
			}
			if text := err.Error(); strings.Contains(text, "@") || len(text) > 500 {
				t.Errorf("the error contains an email address, or has %d bytes: %s", len(text), text)
			}
		})
	}
}

// rcpt and data are refusals of the recipient and of the message as common servers
// send them. Their cause is that of the text when the code says something else.
var (
	rcpt = map[Cause][]string{
		Recipient: {
			"550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown in relay recipient table",
			"550 5.1.1 <ada@example.com>: Recipient address rejected: undeliverable address: host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command)",
			"550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550-5.1.1 double-checking the recipient's email address for typos or\r\n550 5.1.1 unnecessary spaces. For more information, go to https://mail.test/policy?sender=denied",
			"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ada@example.com not found by SMTP address lookup",
			"550 5.1.1 <ada@example.com> User doesn't exist: ada@example.com",
			"550 5.1.1 unknown or illegal alias: ada@example.com",
			"550 5.1.1 <ada@example.com>... User unknown",
			"550 5.7.1 No such user!",
			"550 5.2.1 The email account that you tried to reach is inactive.",
			"550 5.2.1 <ada@example.com>: this account has been deactivated",
			"550 5.2.1 This mailbox has been blocked due to inactivity",
			"550 5.2.1 no such user",
			"550 Invalid Recipient - https://mail.test/docs#550",
			"550 Message was not accepted -- invalid mailbox. Local mailbox ada@example.com is unavailable: user not found",
			"550 Unrouteable address",
			"550 Mailbox not found.",
			"550 This mailbox is disabled",
		},
		Operator: {
			"550 5.1.1 <ada@example.com>: Relaying denied",
			"550 5.1.1 <ada@example.com>... we do not relay",
			"550 5.1.1 <ada@example.com>: Recipient address rejected: relay not permitted",
			"550 5.1.1 Authentication required",
			"550 5.1.1 not authorized",
			"550 5.1.1 <ada@example.com>: Sender address rejected: User unknown in local recipient table",
			"550 5.1.1 sender account suspended",
			"550 5.1.1 Account suspended",
			"550 5.2.1 your account is disabled",
			"550 5.1.1 blocked by policy",
			"550 5.1.1 <ada@example.com>: Recipient address rejected: Access denied",
			"550 5.7.1 Unable to relay",
			"550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
			"550 5.7.64 TenantAttribution; Relay Access Denied",
			"550-ada@example.com is not permitted to relay through this server without\r\n550 authentication",
			"550-Verification failed for <hello@stoa.test>\r\n550-No Such User Here\r\n550 Sender verify failed",
			"550 5.7.606 Access denied, banned sending IP [192.0.2.1]",
			"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
			"553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
			"553 5.7.1 Sender address rejected: not owned by user",
			"553 Relaying disallowed as hello@stoa.test",
			"551 User not local",
			"550 5.4.6 Unusual sending activity detected",
			"554 5.7.1 You have exceeded your daily limit of recipients",
			"550 5.7.1 account disabled",
		},
		Temporary: {
			"550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.",
			"550 5.2.1 mailbox not accepting messages",
			"550 5.2.1 mailbox temporarily disabled",
			"550 5.2.1 <ada@example.com>: mailbox suspended",
			"552 5.2.2 mailbox full",
			"552 5.2.2 <ada@example.com> Quota exceeded (mailbox for user is full)",
			"552-5.2.2 The email account that you tried to reach is over quota. Please direct\r\n552 5.2.2 the recipient to https://mail.test/",
			"554 5.2.2 mailbox full; STOREDRV.Deliver; QuotaExceededException",
			"550 5.1.1 mailbox is full",
			"552 Mailbox size limit exceeded",
			"552 Requested mail action aborted: exceeded storage allocation",
			"550 Requested action not taken: mailbox unavailable",
			"550-Requested action not taken: mailbox unavailable\r\n550 For explanation visit https://mail.test/error-messages?c=hi",
			"550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
			"553 Requested action not taken: mailbox name not allowed",
			"550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [host.outbound.mail.test]",
			"550 #5.1.0 Address rejected.",
			"550 account disabled",
			"550 User temporarily unavailable, try again later",
		},
	}
	data = map[Cause][]string{
		Recipient: {
			"554 delivery error: dd This user doesn't have a yahoo.com account (ada@example.com) [0] - mta.mail.test",
			"554 30 Sorry, your message to ada@example.com cannot be delivered. This mailbox is disabled (554.30)",
			"550 permanent failure for one or more recipients (ada@example.com:550 5.1.1 User unknown)",
		},
		Operator: {
			"550 5.1.1 sender account suspended",
			"550 The from address does not match a verified Sender Identity",
			"554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied",
			"554 Message rejected: Sending paused for this account",
			"550 5.7.1 Daily SMTP relay sending limit exceeded for this user",
			"550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
			"550 5.1.8 Access denied, bad outbound sender",
			"550-5.7.26 Your email has been blocked because the sender is unauthenticated.\r\n550 5.7.26 DKIM = did not pass",
			"554 Message not allowed - [PH01] Email not accepted for policy reasons",
			"550 5.7.9 This message does not pass authentication checks (SPF and/or DKIM both do not pass)",
			"550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP",
			"550 Domain stoa.test is not allowed to send: add the address to authorized recipients",
			"552 5.2.2 user sending quota exceeded",
		},
		Temporary: {
			"552 5.2.2 mailbox full",
			"550 Requested action not taken: mailbox unavailable",
		},
	}
)

func TestSend_CausesOfCommonReplies(t *testing.T) {
	t.Parallel()
	check := func(script mailtest.Script, want Cause) {
		reply := script.Rcpt + script.Message
		t.Run(reply, func(t *testing.T) {
			t.Parallel()
			if err := scripted(t, script).Send(t.Context(), ada); CauseOf(err) != want || strings.Contains(err.Error(), "@") {
				t.Errorf("Send = %v, cause %s, want %s", err, CauseOf(err), want)
			}
		})
	}
	for want, replies := range rcpt {
		for _, reply := range replies {
			check(mailtest.Script{Rcpt: reply}, want)
		}
	}
	for want, replies := range data {
		for _, reply := range replies {
			check(mailtest.Script{Message: reply}, want)
		}
	}
}

// The email address of the recipient is no reason.
func TestSend_CauseIsNotInTheAddress(t *testing.T) {
	t.Parallel()
	m := ada
	m.Address = "blocked.sender@relaying.spam.example"
	for _, reply := range []string{"550 5.1.1 <Blocked.Sender@relaying.spam.example>: user unknown", "550 5.1.2 relaying.spam.example: no such domain"} {
		if err := scripted(t, mailtest.Script{Rcpt: reply}).Send(t.Context(), m); !IsPermanent(err) {
			t.Errorf("Send = %v, cause %s, want recipient", err, CauseOf(err))
		}
	}
}

// Every reply of the class 2yz accepts the message (RFC 5321 4.2.1). The text of a
// reply is optional (RFC 5321 4.2).
func TestSend_OddAcceptance(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]mailtest.Script{
		"without a text":   {Mail: "250", Rcpt: "250", Data: "", Message: "250"},
		"other codes":      {Mail: "200 ok", Rcpt: "252 will try", Message: "259 queued"},
		"several lines":    {Rcpt: "250-ok\r\n250 ok", Message: "250-accepted\r\n250-by mail.test\r\n250 as 1"},
		"eight bits":       {Mail: "250 angenommen f\xfcr", Message: "250 \xc3\xbcbernommen \xff"},
		"a long text":      {Message: "250 " + strings.Repeat("x", 60<<10)},
		"no further lines": {Message: "250-accepted\r\n" + mailtest.Close},
	} {
		if err := scripted(t, script).Send(t.Context(), ada); err != nil {
			t.Errorf("%s: Send = %v", name, err)
		}
	}
}

// An error has the text of the reply without personal data, as one line.
func TestSend_ErrorHasTheReply(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]string{
		"554 Email address is not verified: Ada Lovelace <ada@example.com>, hello@stoa.test": "mail: the end of the message: the server replied 554 Email address is not verified: *** <***>, ***",
		"550-5.1.1 <Ada@Example.com>... User unknown\r\n550 5.1.1 try \"ada\" or adam":       "mail: the end of the message: the server replied 550 5.1.1 <***>... User unknown 5.1.1 try \"***\" or adam",
		"554 Empf\xe4nger\tunbekannt\x1b[1m":                                                 "mail: the end of the message: the server replied 554 Empf nger unbekannt [1m",
	} {
		if err := scripted(t, mailtest.Script{Message: reply}).Send(t.Context(), ada); err == nil || err.Error() != want {
			t.Errorf("%q: Send = %v\nwant %s", reply, err, want)
		}
	}
}

// A server that does not understand AUTH may repeat it.
func TestSend_ErrorHasNoPassword(t *testing.T) {
	t.Parallel()
	addr := mailtest.Scripted(t, mailtest.Script{EHLO: "250-mail.test\r\n250 AUTH PLAIN", Auth: "535 5.7.8 bad: AHN0b2EAaHVzaC1odXNo hush-hush"})
	smtp, err := New(Config{URL: "smtp://stoa:hush-hush@" + addr, From: "hello@stoa.test"})
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"Send": smtp.Send(t.Context(), ada), "Check": smtp.Check(t.Context())} {
		if err == nil || CauseOf(err) != Operator || !strings.Contains(err.Error(), "535 5.7.8 bad: *** ***") {
			t.Errorf("%s = %v, want the reply without the password", what, err)
		}
	}
}

// Check finds what the operator must correct. It ignores what the server says about
// its recipient.
func TestCheck_Envelope(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		script mailtest.Script
		fails  bool
	}{
		"authentication": {mailtest.Script{Mail: "530 SMTP authentication is required."}, true},
		"sender":         {mailtest.Script{Mail: "550 5.7.60 not allowed to send as this sender"}, true},
		"relay":          {mailtest.Script{Rcpt: "554 5.7.1 Relay access denied"}, true},
		"unknown":        {mailtest.Script{Rcpt: rcptUnknown}, false},
		"greylisted":     {mailtest.Script{Rcpt: "450 4.7.1 greylisted"}, false},
		"never DATA":     {mailtest.Script{Data: mailtest.Close, Message: mailtest.Close}, false},
	} {
		if err := scripted(t, tt.script).Check(t.Context()); (err != nil) != tt.fails {
			t.Errorf("%s: Check = %v, want an error: %v", name, err, tt.fails)
		}
	}
}

func TestSend_NamesThatDoNotExist(t *testing.T) {
	t.Parallel()
	smtp, err := New(Config{URL: "smtp://mail.invalid", From: "hello@stoa.test"})
	if err != nil {
		t.Fatal(err)
	}
	smtp.dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "mail.invalid", IsNotFound: true}}
	}
	if err := smtp.Send(t.Context(), ada); CauseOf(err) != Operator || !strings.Contains(err.Error(), "mail.invalid") {
		t.Errorf("Send = %v, cause %s, want operator", err, CauseOf(err))
	}
}
