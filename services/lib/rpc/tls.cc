#include <fstream>
#include <sstream>

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/rpc/rpc.h"

namespace tocsin {
namespace {

struct Pems {
  std::string ca, certificate, key;
};

absl::StatusOr<std::string> ReadPem(const char* what, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().find("-----BEGIN ") == std::string::npos) {
    return absl::InvalidArgumentError(
        StrCat("tls.", what, ": ", path, " cannot be read or is no PEM file"));
  }
  return text.str();
}

absl::StatusOr<Pems> Read(const TlsFiles& files) {
  Pems pems;
  TOCSIN_ASSIGN_OR_RETURN(pems.ca, ReadPem("ca", files.ca));
  TOCSIN_ASSIGN_OR_RETURN(pems.certificate, ReadPem("certificate", files.certificate));
  TOCSIN_ASSIGN_OR_RETURN(pems.key, ReadPem("key", files.key));
  return pems;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsFiles& files) {
  TOCSIN_ASSIGN_OR_RETURN(Pems pems, Read(files));
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = std::move(pems.ca);
  options.pem_key_cert_pairs.push_back({std::move(pems.key), std::move(pems.certificate)});
  return grpc::SslServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(
    const TlsFiles& files) {
  TOCSIN_ASSIGN_OR_RETURN(Pems pems, Read(files));
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = std::move(pems.ca);
  options.pem_private_key = std::move(pems.key);
  options.pem_cert_chain = std::move(pems.certificate);
  return grpc::SslCredentials(options);
}

}  // namespace tocsin
