package ledger

import "github.com/teahouse-im/teahouse/chat"

// nothing stands in for the ports that a program leaves out: it delivers to
// nobody and tells nobody.
type nothing struct{}

func (nothing) Deliver(*chat.Message, uint64)                                      {}
func (nothing) ConvEvent(*chat.ConvEvent)                                          {}
func (nothing) UserEvent(*chat.UserEvent)                                          {}
func (nothing) Typing(chat.AppID, chat.UserID, chat.UserID, bool)                  {}
func (nothing) Joined(chat.AppID, chat.GroupID, chat.GroupType, []chat.UserID)     {}
func (nothing) Left(chat.AppID, chat.GroupID, []chat.UserID)                       {}
func (nothing) Wishes(chat.AppID, chat.GroupID, []chat.Wish)                       {}
func (nothing) Gone(chat.AppID, chat.GroupID)                                      {}
func (nothing) Kick(chat.AppID, chat.UserID, string, chat.KickReason, chat.UserID) {}
func (nothing) Devices(chat.AppID, chat.UserID) []chat.Device                      { return nil }
func (nothing) Online(chat.AppID) int64                                            { return 0 }
func (nothing) Stayed(chat.AppID, int64) int64                                     { return 0 }
func (nothing) Down(chat.AppID) (c2c, group int64)                                 { return 0, 0 }
func (nothing) StateMoved(chat.AppID, chat.UserID)                                 {}
func (nothing) Watched(chat.AppID) bool                                            { return false }
func (nothing) Happened(*chat.Event)                                               {}
func (nothing) Committed()                                                         {}
