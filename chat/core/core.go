package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/archive"
	"github.com/teahouse-im/teahouse/chat/attribute"
	"github.com/teahouse-im/teahouse/chat/audience"
	"github.com/teahouse-im/teahouse/chat/call"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/groupsearch"
	"github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/live"
	"github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/chat/moderation"
	"github.com/teahouse-im/teahouse/chat/operator"
	"github.com/teahouse-im/teahouse/chat/people"
	"github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/chat/search"
)

// Options are what a Core is built from. Store and Apps are required; the rest
// has working defaults.
type Options struct {
	Store    chat.Store
	Apps     *chat.Apps
	Gate     chat.Gate     // default: nobody is asked
	Observer chat.Observer // default: nobody is told
	Now      chat.Clock    // default: time.Now
	Random   func() uint32
	Log      *slog.Logger

	// Addresses are those from which the server is reached and calls webhooks, each an
	// address or a range; default: none are told.
	Addresses func() ([]string, error)

	// HistoryDir is the folder of the files of an hour's messages, "": none are made. See
	// archive.Options for it and the next two.
	HistoryDir  string
	HistoryZone *time.Location
	Full        func() error

	// Media are the files that users send; default: there are none. What else reads Store or
	// asks Gate does so by the same Addresses.
	Media Media

	// SearchShelf keeps the indexes by which messages, users and groups are found; nil:
	// they are not.
	SearchShelf search.Shelf
	// Push has the channels of pushes, and how long a message is held; see push.Options. What it
	// needs of other rooms is filled in.
	Push push.Options

	// Calls are the servers through which sound and pictures of calls go.
	Calls call.Servers

	Lanes int         // see ledger.Options
	Queue int         // see ledger.Options
	Fatal func(error) // see ledger.Options
}

// Media is where the files that users send lie, and how they are addressed; see media.Options.
type Media struct {
	Store     media.Store
	Addresses *media.Addresses
	Pace      time.Duration
}

// Core is what both doors call: one service for each room, and what needs two
// of them.
type Core struct {
	People      *people.Service
	Group       *group.Service
	Attribute   *attribute.Service
	Live        *live.Service
	GroupSearch *groupsearch.Service
	Message     *message.Service
	Inbox       *inbox.Service
	Archive     *archive.Service
	Moderation  *moderation.Service
	Media       *media.Service
	Search      *search.Service
	Push        *push.Service
	Labels      *push.Labels
	Tasks       *push.Tasks
	Calls       *call.Service
	Operators   *operator.Service

	figures *figures
	// Addresses are those of the server; see Options.
	Addresses func() ([]string, error)

	ledger  *ledger.Ledger
	leaving *names // whose accounts are being deleted
	under   *underWay
}

// New builds a Core and starts its lanes. Close stops them.
func New(o Options) *Core {
	if o.Media.Store != nil { // messages leave the store with present addresses
		o.Store = o.Media.Addresses.Store(o.Store)
		if o.Gate != nil {
			o.Gate = o.Media.Addresses.Gate(o.Gate)
		}
	}
	l := ledger.New(ledger.Options{
		Store: o.Store, Apps: o.Apps, Observer: o.Observer, Now: o.Now, Random: o.Random,
		Log: o.Log, Lanes: o.Lanes, Queue: o.Queue, Fatal: o.Fatal,
	})
	rooms := audience.New()
	words := moderation.New(l)
	c := &Core{
		ledger: l, Moderation: words, Group: group.New(l, o.Gate, rooms).Without(words.Texts),
		leaving: newNames(), under: newUnderWay(),
	}
	c.Attribute = attribute.New(l, c.Group)
	c.Live = live.New(l, c.Group, rooms)
	c.GroupSearch = groupsearch.New(l, c.Group)
	c.People = people.New(l, c.finishDeletion).Asking(o.Gate)
	c.Media = media.New(media.Options{
		Ledger: l, Apps: o.Apps.All, Store: o.Media.Store, Addresses: o.Media.Addresses, Pace: o.Media.Pace,
		Message: func(ctx context.Context, by chat.Actor, conv chat.Conversation, s chat.Seq) (*chat.Message, error) {
			return c.Message.Readable(ctx, by, conv, s)
		},
	})
	c.Message = message.New(message.Options{
		Ledger: l, Groups: c.Group, People: c.People, Gate: o.Gate, Media: c.Media,
		UnreadTotal: func(ctx context.Context, app chat.AppID, u chat.UserID) (uint64, error) {
			return c.Inbox.UnreadTotal(ctx, app, u)
		},
		Item: func(ctx context.Context, app chat.AppID, u chat.UserID, t chat.Target) (*chat.ConvItem, error) {
			return c.Inbox.Item(ctx, app, u, t)
		},
		Words: words.Body,
	})
	c.Labels, c.Operators = push.NewLabels(l), operator.New(l)
	c.figures, c.Addresses = countFigures(l), o.Addresses
	if o.Addresses == nil {
		c.Addresses = func() ([]string, error) { return []string{}, nil }
	}
	c.Archive = archive.New(archive.Options{Ledger: l, Dir: o.HistoryDir, Zone: o.HistoryZone, Full: o.Full})
	c.Inbox = inbox.New(inbox.Options{Ledger: l, Groups: c.Group, Messages: c.Message})
	c.Search = newSearch(c, o)
	c.Push = c.newPush(o.Push)
	c.Tasks = c.newTasks(o.Apps)
	c.Calls = c.newCalls(o)
	c.People.Pushing(people.Pushes{Reached: c.Push.PushOnline, Forget: c.Push.Forget})
	return c
}

// App returns a tenant, or a refusal: 70020 when unknown, 60016 when disabled.
func (c *Core) App(id chat.AppID) (*chat.App, error) { return c.ledger.App(id) }

// Log is the log of the core.
func (c *Core) Log() *slog.Logger { return c.ledger.Log() }

// Attach sets who delivers. Until then nothing is delivered.
func (c *Core) Attach(d chat.Deliverer) {
	if c.Media.On() {
		d = c.Media.Addresses.Deliverer(d)
	}
	c.ledger.Attach(d)
}

// Delivered is the commit clock up to which every message has been handed to
// the Deliverer; see ledger.Ledger.Delivered.
func (c *Core) Delivered() uint64 { return c.ledger.Delivered() }

// Answers returns nil when the server works: its lanes answer and its store commits; see
// ledger.Ledger.Answers.
func (c *Core) Answers(ctx context.Context) error { return c.ledger.Answers(ctx) }

// Resume finishes what a crash has cut short. It is called before anybody is let in.
func (c *Core) Resume(ctx context.Context, apps []chat.AppID) (err error) {
	defer func() { err = errors.Join(err, c.Calls.Start(ctx, apps)) }()
	defer c.Tasks.Start()
	defer c.Push.Start(apps)
	for _, app := range apps {
		if err := c.Group.Resume(ctx, app); err != nil {
			return fmt.Errorf("resume: %w", err)
		}
		if err := c.People.Resume(ctx, app); err != nil {
			return fmt.Errorf("resume: %w", err)
		}
	}
	return nil
}

// Close refuses new work, finishes what is queued and stops the lanes. The
// store stays open.
func (c *Core) Close(ctx context.Context) error {
	c.Tasks.Close()
	c.Calls.Close()
	c.Message.Close()
	c.Archive.Close()
	c.Media.Close()
	c.Push.Close(ctx)
	settled := c.ledger.Settle(ctx) // what is counted behind answers is counted
	c.figures.stop(ctx)
	err := errors.Join(settled, c.ledger.Close(ctx))
	c.Search.Close(ctx)
	return err
}

// Online reports a new connection of by's device, and which platforms it
// pushed out.
func (c *Core) Online(ctx context.Context, by chat.Actor, pushedOut []chat.Platform) {
	c.People.StateChanged(ctx, by, "Login", "Register", pushedOut)
	c.Push.Present(ctx, by)
	c.endPushes(by, c.Push.PushedOut(ctx, by.App, by.User, pushedOut))
}

// logout is the action of State.StateChange when the client itself ended its session.
const logout = "Logout"

// LogOut reports that by's device is about to be gone for good, and returns when that is
// durable. Offline follows.
func (c *Core) LogOut(ctx context.Context, by chat.Actor) {
	c.endPushes(by, c.Push.LoggedOut(ctx, by))
	c.People.StateChanged(ctx, by, logout, "Unregister", nil)
}

// Offline reports that by's device is gone: action and reason are those of
// State.StateChange (spec/30 §6.1). last says that the user has no session left, connected
// or resumable: they leave the AVChatRooms they watch. An empty action reports
// that a session which was told of before has now expired.
func (c *Core) Offline(ctx context.Context, by chat.Actor, action, reason string, last bool) {
	switch action {
	case "":
	case logout: // LogOut has told it
		c.ledger.Deliverer().StateMoved(by.App, by.User)
	default:
		c.Push.Present(ctx, by)
		c.People.StateChanged(ctx, by, action, reason, nil)
	}
	if last {
		c.Group.LeaveRooms(by, action != logout)
	}
}
