package mail

import (
	"regexp"
	"strings"
)

// Codes and texts of permanent refusals. The texts are those of Postfix, Exim,
// Exchange, Gmail, Outlook.com, Yahoo, Amazon SES and others; the table of
// TestSend_Causes has them.
var (
	// recipientCode matches the codes of a mailbox or domain that does not exist, has
	// moved or takes no email (RFC 3463 3.2, RFC 7505 4).
	recipientCode = regexp.MustCompile(`^5\.1\.(?:1|2|3|6|10)$`)
	// temporaryCode matches the codes of a full mailbox, and of a recipient's server that
	// has no answer. Exchange Online sends 5.4.1 also for a mailbox that is new.
	temporaryCode = regexp.MustCompile(`^5\.(?:2\.2|4\.1)$`)
	// mailboxCode matches the codes of a mailbox or email address without the reason.
	mailboxCode = regexp.MustCompile(`^5\.(?:1\.0|2\.1)$`)

	operatorText = regexp.MustCompile(`(?i)relaying|\brelays?\b|sender|sending|(?:allowed|permitted|send) (?:to send|as)\b|outgoing|outbound (?:e?mail|message)|` +
		`authenti|authori[sz]|credential|\bauth\b|not verified|unverified|` +
		`\byour (?:account|mailbox|ip|domain|server|host|network|plan|subscription|e?mail client)\b|` +
		`policy|spam|black ?list|block ?list|reputation|\b(?:spf|dkim|dmarc)\b`)
	temporaryText = regexp.MustCompile(`(?i)temporar|try (?:it )?again|receiving mail|over ?quota|exceeded storage|` +
		`(?:mailbox|inbox|tried to reach)[^.;]*(?:\bfull\b|quota|storage|limit)|(?:mailbox|recipient|tried to reach)[^.;]*suspend`)
	deniedText   = regexp.MustCompile(`(?i)block|denied|limit|quota|suspend`)
	disabledText = regexp.MustCompile(`(?i)` + disabled)
	unknownText  = regexp.MustCompile(`(?i)unknown (?:local )?(?:user|recipient|mailbox|part)|` +
		`(?:user|recipient|mailbox|account|e?mail address)\b[^.;:]{0,20} (?:unknown|not found)|(?:recipient|mailbox)\b[^.;:]{0,20} ` + disabled + `|` +
		`(?:no such|not a known|invalid) (?:user|recipient|mailbox|account|address|person)|no mailbox|does(?: not|n't) (?:exist|have an? \S+ account)|` +
		`unrouteable (?:mail )?(?:address|domain)`)
	mailboxText = regexp.MustCompile(`(?i)(?:user|recipient|mailbox|account)\b[^.;:]{0,20} (?:unavailable|not available|not allowed|` + disabled + `)|address rejected`)
)

// disabled are the words for a mailbox that will not be used again.
const disabled = `(?:disabled|inactiv|deactivated|not active|closed|expired|terminated|deleted|discontinued|no longer)`

// causeOfText returns the cause of a permanent refusal. The text counts more than the
// code, because servers send 5.1.1 as the default code of any refusal at RCPT. A text
// about a mailbox that leaves the reason open is Temporary: "mailbox unavailable" is
// the text of RFC 5321 also for a refusal by policy, and telling a user that a right
// email address does not exist is worse than two days of retries.
func causeOfText(code, text string, ofRecipient bool) Cause {
	switch {
	case operatorText.MatchString(text):
		return Operator
	case temporaryCode.MatchString(code) || temporaryText.MatchString(text):
		return Temporary
	case code == "5.2.1" && disabledText.MatchString(text):
		return Recipient
	case deniedText.MatchString(text):
		return Operator
	case recipientCode.MatchString(code) || ofRecipient && unknownText.MatchString(text):
		return Recipient
	case leavesOpen(code, text):
		return Temporary
	}
	return Operator
}

// leavesOpen reports whether the refusal is about the mailbox and without a reason.
// The codes 5.7.z have one: the policy of the server (RFC 3463 3.8).
func leavesOpen(code, text string) bool {
	return mailboxCode.MatchString(code) || mailboxText.MatchString(text) && !strings.HasPrefix(code, "5.7.")
}

// noReason matches parts of a reply that give no reason: URLs, and the name of a table
// of Postfix.
var noReason = regexp.MustCompile(`(?i)https?://\S+|in relay recipient table`)

// reasonOf returns the text of a reply without parts that could read as a reason, such
// as the email address relaying@sender.example.
func reasonOf(text, to string) string {
	text = anyAddress.ReplaceAllString(noReason.ReplaceAllString(text, ""), "***")
	return masked(text, to[strings.LastIndexByte(to, '@')+1:])
}
