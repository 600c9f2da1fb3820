// The watch of an officer at a terminal: what stands, kept up to date, and keys for what is done
// with it.
#pragma once

#include <string>

#include "tocsinctl/session.h"
#include "tocsinctl/texts.h"
#include "tocsinctl/watch_client.h"

namespace tocsin::ctl {

// Until the person quits or a signal comes; the exit status. Screen::IsThere() must hold.
// `officer`: a watch officer, whose seeing counts.
int RunLive(Session& session, const std::string& mission, const Texts& texts,
            const std::shared_ptr<grpc::Channel>& channel, WatchOptions options, bool officer);

}  // namespace tocsin::ctl
