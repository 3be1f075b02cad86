package admin

// contact is the service of a user's conversations.
const contact = "recentcontact/"

// contactScripts are scripts about what users have and set of their conversations; see
// scripts.
var contactScripts = []script{
	{"contacts", []string{
		account + `multiaccount_import {"Accounts":["u1","u2","u3"]}`,
		group + `create_group {"Owner_Account":"u2","Type":"Public","GroupId":"g","Name":"g","MemberList":[{"Member_Account":"u1"}]}`,
		openim + `sendmsg {"From_Account":"u2","To_Account":"u1","MsgSeq":1,"MsgRandom":1,"MsgBody":` + said("tea") + `}`,
		contact + `get_list {"From_Account":"u1","TimeStamp":0,"StartIndex":0,"TopTimeStamp":0,"TopStartIndex":0,"AssistFlags":7}`,
		contact + `get_list {"From_Account":"u1","TimeStamp":0,"StartIndex":0,"TopTimeStamp":0,"TopStartIndex":0,"AssistFlags":1}`,
		contact + `get_list {"From_Account":"nobody","TimeStamp":0,"StartIndex":0,"TopTimeStamp":0,"TopStartIndex":0,"AssistFlags":7}`,
		contact + `get_list {"From_Account":"u1"}`,
		contact + `top {"From_Account":"u1","OperationType":1,"RecentContactItem":[{"Type":2,"GroupId":"g"},{"Type":1,"To_Account":"u3"}]}`,
		contact + `top {"From_Account":"u1","OperationType":3,"RecentContactItem":[{"Type":2,"ToGroupId":"g"}]}`,
		contact + `top {"From_Account":"u1","OperationType":1,"RecentContactItem":[]}`,
		contact + `top {"From_Account":"u1","OperationType":1,"RecentContactItem":[{"Type":1,"ToGroupId":"g"}]}`,
		contact + `mark_contact {"From_Account":"u1","MarkItem":[{"OptType":3,"ContactItem":{"Type":1,"To_Account":"u2"},"SetMark":[1,3],"CustomMark":"later"},{"OptType":1,"ContactItem":{"Type":2,"ToGroupId":"g"},"SetMark":[65]},{"OptType":2,"ContactItem":{"Type":1,"To_Account":"u3"},"SetMark":[1],"CustomMark":"soon"}]}`,
		contact + `mark_contact {"From_Account":"u1","MarkItem":[]}`,
		contact + `mark_contact {"From_Account":"u1","MarkItem":[{"OptType":4,"ContactItem":{"Type":1,"To_Account":"u2"}}]}`,
		contact + `create_contact_group {"From_Account":"u1","GroupContactItem":[{"GroupName":"work","ContactItem":[{"Type":1,"To_Account":"u2"},{"Type":2,"ToGroupId":"none"}]}]}`,
		contact + `create_contact_group {"From_Account":"u1","GroupContactItem":[]}`,
		contact + `update_contact_group {"From_Account":"u1","UpdateType":1,"UpdateGroup":{"UpdateGroupType":2,"OldGroupName":"work","ContactUpdateItem":[{"ContactOptType":2,"ContactItem":{"Type":1,"To_Account":"u2"}},{"ContactOptType":1,"ContactItem":{"Type":2,"ToGroupId":"g"}}]}}`,
		contact + `update_contact_group {"From_Account":"u1","UpdateType":1,"UpdateGroup":{"UpdateGroupType":1,"OldGroupName":"work","NewGroupName":"office"}}`,
		contact + `update_contact_group {"From_Account":"u1","UpdateType":1,"UpdateGroup":{"UpdateGroupType":1,"OldGroupName":"work","NewGroupName":"office"}}`,
		contact + `update_contact_group {"From_Account":"u1","UpdateType":1,"UpdateGroup":{"UpdateGroupType":3,"OldGroupName":"office"}}`,
		contact + `get_contact_group {"From_Account":"u1","StartIndex":0}`,
		contact + `get_contact_group {"From_Account":"u1","StartIndex":9}`,
		contact + `search_contact_group {"From_Account":"u1","ContactItem":[{"Type":2,"ToGroupId":"g"},{"Type":1,"To_Account":"nobody"}]}`,
		contact + `search_contact_group {"From_Account":"u1","ContactItem":[]}`,
		contact + `get_list {"From_Account":"u1","TimeStamp":0,"StartIndex":0,"TopTimeStamp":0,"TopStartIndex":0,"AssistFlags":63}`,
		contact + `del_contact_group {"From_Account":"u1","GroupName":["office"]}`,
		contact + `del_contact_group {"From_Account":"u1","GroupName":["office"]}`,
		contact + `del_contact_group {"From_Account":"u1","GroupName":[]}`,
		contact + `delete {"From_Account":"u1","Type":1,"To_Account":"u2","ClearRamble":0}`,
		contact + `delete {"From_Account":"u1","Type":2,"ToGroupid":"g"}`,
		contact + `delete {"From_Account":"u1","Type":1,"To_Account":"u3","ClearRamble":1}`,
		contact + `delete {"From_Account":"u1","Type":2,"To_Account":"g"}`,
		contact + `delete {"From_Account":"u1","Type":1,"To_Account":"nobody"}`,
		contact + `delete {"From_Account":"u1","Type":3,"To_Account":"u2"}`,
		contact + `get_list {"From_Account":"u1","TimeStamp":0,"StartIndex":0,"TopTimeStamp":0,"TopStartIndex":0,"AssistFlags":63}`,
	}},
}

func init() { scripts = append(scripts, contactScripts...) }
