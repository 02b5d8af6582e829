import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace camera_control. */
export namespace camera_control {

    /**
     * Properties of a CameraSettings.
     * @deprecated Use camera_control.CameraSettings.$Properties instead.
     */
    interface ICameraSettings extends camera_control.CameraSettings.$Properties {
    }

    /** Represents a CameraSettings. */
    class CameraSettings {

        /**
         * Constructs a new CameraSettings.
         * @param [properties] Properties to set
         */
        constructor(properties?: camera_control.CameraSettings.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** CameraSettings width. */
        width: (number|null);

        /** CameraSettings height. */
        height: (number|null);

        /** CameraSettings fps. */
        fps: (number|null);

        /** CameraSettings bitrate. */
        bitrate: (string|null);

        /** CameraSettings contrast. */
        contrast: (number|null);

        /** CameraSettings brightness. */
        brightness: (number|null);

        /** CameraSettings saturation. */
        saturation: (number|null);

        /** CameraSettings sharpness. */
        sharpness: (number|null);

        /** CameraSettings ai_enabled. */
        ai_enabled: (boolean|null);

        /** CameraSettings ai_model. */
        ai_model: (string|null);

        /** CameraSettings ai_confidence. */
        ai_confidence: (number|null);

        /** CameraSettings cameraName. */
        cameraName: (string|null);

        /** CameraSettings camera_index. */
        camera_index: (number|null);

        /** CameraSettings encoding. */
        encoding: (string|null);

        /** CameraSettings quality. */
        quality: (number|null);

        /** CameraSettings auto_exposure. */
        auto_exposure: (boolean|null);

        /** CameraSettings exposure_time. */
        exposure_time: (number|null);

        /**
         * Creates a new CameraSettings instance using the specified properties.
         * @param [properties] Properties to set
         * @returns CameraSettings instance
         */
        static create(properties: camera_control.CameraSettings.$Shape): camera_control.CameraSettings & camera_control.CameraSettings.$Shape;
        static create(properties?: camera_control.CameraSettings.$Properties): camera_control.CameraSettings;

        /**
         * Encodes the specified CameraSettings message. Does not implicitly {@link camera_control.CameraSettings.verify|verify} messages.
         * @param message CameraSettings message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: camera_control.CameraSettings.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a CameraSettings message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {camera_control.CameraSettings & camera_control.CameraSettings.$Shape} CameraSettings
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): camera_control.CameraSettings & camera_control.CameraSettings.$Shape;

        /**
         * Creates a CameraSettings message from a plain object. Also converts values to their respective internal types.
         * @param object Plain object
         * @returns CameraSettings
         */
        static fromObject(object: { [k: string]: any }): camera_control.CameraSettings;

        /**
         * Creates a plain object from a CameraSettings message. Also converts values to other types if specified.
         * @param message CameraSettings
         * @param [options] Conversion options
         * @returns Plain object
         */
        static toObject(message: camera_control.CameraSettings, options?: $protobuf.IConversionOptions): { [k: string]: any };

        /**
         * Converts this CameraSettings to JSON.
         * @returns JSON object
         */
        toJSON(): { [k: string]: any };
    }

    namespace CameraSettings {

        /** Properties of a CameraSettings. */
        interface $Properties {

            /** CameraSettings width */
            width?: (number|null);

            /** CameraSettings height */
            height?: (number|null);

            /** CameraSettings fps */
            fps?: (number|null);

            /** CameraSettings bitrate */
            bitrate?: (string|null);

            /** CameraSettings contrast */
            contrast?: (number|null);

            /** CameraSettings brightness */
            brightness?: (number|null);

            /** CameraSettings saturation */
            saturation?: (number|null);

            /** CameraSettings sharpness */
            sharpness?: (number|null);

            /** CameraSettings ai_enabled */
            ai_enabled?: (boolean|null);

            /** CameraSettings ai_model */
            ai_model?: (string|null);

            /** CameraSettings ai_confidence */
            ai_confidence?: (number|null);

            /** CameraSettings cameraName */
            cameraName?: (string|null);

            /** CameraSettings camera_index */
            camera_index?: (number|null);

            /** CameraSettings encoding */
            encoding?: (string|null);

            /** CameraSettings quality */
            quality?: (number|null);

            /** CameraSettings auto_exposure */
            auto_exposure?: (boolean|null);

            /** CameraSettings exposure_time */
            exposure_time?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a CameraSettings. */
        type $Shape = camera_control.CameraSettings.$Properties;
    }

    /**
     * Properties of a ControlCommand.
     * @deprecated Use camera_control.ControlCommand.$Properties instead.
     */
    interface IControlCommand extends camera_control.ControlCommand.$Properties {
    }

    /** Represents a ControlCommand. */
    class ControlCommand {

        /**
         * Constructs a new ControlCommand.
         * @param [properties] Properties to set
         */
        constructor(properties?: camera_control.ControlCommand.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ControlCommand command. */
        command: (camera_control.ControlCommand.CommandType|null);

        /** ControlCommand settings. */
        settings: camera_control.CameraSettings;

        /** ControlCommand request_id. */
        request_id: (string|null);

        /** ControlCommand asked_by. */
        asked_by: (string|null);

        /** ControlCommand asker. */
        asker: (string|null);

        /**
         * Creates a new ControlCommand instance using the specified properties.
         * @param [properties] Properties to set
         * @returns ControlCommand instance
         */
        static create(properties: camera_control.ControlCommand.$Shape): camera_control.ControlCommand & camera_control.ControlCommand.$Shape;
        static create(properties?: camera_control.ControlCommand.$Properties): camera_control.ControlCommand;

        /**
         * Encodes the specified ControlCommand message. Does not implicitly {@link camera_control.ControlCommand.verify|verify} messages.
         * @param message ControlCommand message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: camera_control.ControlCommand.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ControlCommand message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {camera_control.ControlCommand & camera_control.ControlCommand.$Shape} ControlCommand
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): camera_control.ControlCommand & camera_control.ControlCommand.$Shape;

        /**
         * Creates a ControlCommand message from a plain object. Also converts values to their respective internal types.
         * @param object Plain object
         * @returns ControlCommand
         */
        static fromObject(object: { [k: string]: any }): camera_control.ControlCommand;

        /**
         * Creates a plain object from a ControlCommand message. Also converts values to other types if specified.
         * @param message ControlCommand
         * @param [options] Conversion options
         * @returns Plain object
         */
        static toObject(message: camera_control.ControlCommand, options?: $protobuf.IConversionOptions): { [k: string]: any };

        /**
         * Converts this ControlCommand to JSON.
         * @returns JSON object
         */
        toJSON(): { [k: string]: any };
    }

    namespace ControlCommand {

        /** Properties of a ControlCommand. */
        interface $Properties {

            /** ControlCommand command */
            command?: (camera_control.ControlCommand.CommandType|null);

            /** ControlCommand settings */
            settings?: camera_control.CameraSettings.$Properties;

            /** ControlCommand request_id */
            request_id?: (string|null);

            /** ControlCommand asked_by */
            asked_by?: (string|null);

            /** ControlCommand asker */
            asker?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ControlCommand. */
        type $Shape = camera_control.ControlCommand.$Properties;

        /** CommandType enum. */
        enum CommandType {

            /** UPDATE_SETTINGS value */
            UPDATE_SETTINGS = 0,

            /** START_STREAM value */
            START_STREAM = 1,

            /** STOP_STREAM value */
            STOP_STREAM = 2,

            /** GET_STATUS value */
            GET_STATUS = 3,

            /** RESTART_CAMERA value */
            RESTART_CAMERA = 4,

            /** GET_SNAPSHOT value */
            GET_SNAPSHOT = 5
        }
    }

    /**
     * Properties of a StatusResponse.
     * @deprecated Use camera_control.StatusResponse.$Properties instead.
     */
    interface IStatusResponse extends camera_control.StatusResponse.$Properties {
    }

    /** Represents a StatusResponse. */
    class StatusResponse {

        /**
         * Constructs a new StatusResponse.
         * @param [properties] Properties to set
         */
        constructor(properties?: camera_control.StatusResponse.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** StatusResponse success. */
        success: (boolean|null);

        /** StatusResponse message. */
        message: (string|null);

        /** StatusResponse current_settings. */
        current_settings: camera_control.CameraSettings;

        /** StatusResponse request_id. */
        request_id: (string|null);

        /** StatusResponse timestamp. */
        timestamp: (number|null);

        /** StatusResponse applied_settings. */
        applied_settings: camera_control.CameraSettings;

        /** StatusResponse revision. */
        revision: (number|null);

        /** StatusResponse saved_revision. */
        saved_revision: (number|null);

        /** StatusResponse applied_revision. */
        applied_revision: (number|null);

        /** StatusResponse applied_time_us. */
        applied_time_us: (number|null);

        /** StatusResponse state. */
        state: (camera_control.CameraState|null);

        /** StatusResponse state_message. */
        state_message: (string|null);

        /** StatusResponse changed_by. */
        changed_by: (string|null);

        /** StatusResponse changed_fields. */
        changed_fields: string[];

        /** StatusResponse limits. */
        limits: camera_control.FieldLimits[];

        /** StatusResponse error_code. */
        error_code: (string|null);

        /** StatusResponse error_field. */
        error_field: (string|null);

        /** StatusResponse clock_us. */
        clock_us: (number|null);

        /** StatusResponse gap_ms. */
        gap_ms: (number|null);

        /** StatusResponse sizes. */
        sizes: string[];

        /** StatusResponse picture. */
        picture: (Uint8Array|null);

        /** StatusResponse asker. */
        asker: (string|null);

        /** StatusResponse pending_settings. */
        pending_settings: camera_control.CameraSettings;

        /** StatusResponse streams. */
        streams: camera_control.StreamAddresses;

        /**
         * Creates a new StatusResponse instance using the specified properties.
         * @param [properties] Properties to set
         * @returns StatusResponse instance
         */
        static create(properties: camera_control.StatusResponse.$Shape): camera_control.StatusResponse & camera_control.StatusResponse.$Shape;
        static create(properties?: camera_control.StatusResponse.$Properties): camera_control.StatusResponse;

        /**
         * Encodes the specified StatusResponse message. Does not implicitly {@link camera_control.StatusResponse.verify|verify} messages.
         * @param message StatusResponse message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: camera_control.StatusResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a StatusResponse message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {camera_control.StatusResponse & camera_control.StatusResponse.$Shape} StatusResponse
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): camera_control.StatusResponse & camera_control.StatusResponse.$Shape;

        /**
         * Creates a StatusResponse message from a plain object. Also converts values to their respective internal types.
         * @param object Plain object
         * @returns StatusResponse
         */
        static fromObject(object: { [k: string]: any }): camera_control.StatusResponse;

        /**
         * Creates a plain object from a StatusResponse message. Also converts values to other types if specified.
         * @param message StatusResponse
         * @param [options] Conversion options
         * @returns Plain object
         */
        static toObject(message: camera_control.StatusResponse, options?: $protobuf.IConversionOptions): { [k: string]: any };

        /**
         * Converts this StatusResponse to JSON.
         * @returns JSON object
         */
        toJSON(): { [k: string]: any };
    }

    namespace StatusResponse {

        /** Properties of a StatusResponse. */
        interface $Properties {

            /** StatusResponse success */
            success?: (boolean|null);

            /** StatusResponse message */
            message?: (string|null);

            /** StatusResponse current_settings */
            current_settings?: camera_control.CameraSettings.$Properties;

            /** StatusResponse request_id */
            request_id?: (string|null);

            /** StatusResponse timestamp */
            timestamp?: (number|null);

            /** StatusResponse applied_settings */
            applied_settings?: camera_control.CameraSettings.$Properties;

            /** StatusResponse revision */
            revision?: (number|null);

            /** StatusResponse saved_revision */
            saved_revision?: (number|null);

            /** StatusResponse applied_revision */
            applied_revision?: (number|null);

            /** StatusResponse applied_time_us */
            applied_time_us?: (number|null);

            /** StatusResponse state */
            state?: (camera_control.CameraState|null);

            /** StatusResponse state_message */
            state_message?: (string|null);

            /** StatusResponse changed_by */
            changed_by?: (string|null);

            /** StatusResponse changed_fields */
            changed_fields?: string[];

            /** StatusResponse limits */
            limits?: camera_control.FieldLimits.$Properties[];

            /** StatusResponse error_code */
            error_code?: (string|null);

            /** StatusResponse error_field */
            error_field?: (string|null);

            /** StatusResponse clock_us */
            clock_us?: (number|null);

            /** StatusResponse gap_ms */
            gap_ms?: (number|null);

            /** StatusResponse sizes */
            sizes?: string[];

            /** StatusResponse picture */
            picture?: (Uint8Array|null);

            /** StatusResponse asker */
            asker?: (string|null);

            /** StatusResponse pending_settings */
            pending_settings?: camera_control.CameraSettings.$Properties;

            /** StatusResponse streams */
            streams?: camera_control.StreamAddresses.$Properties;

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a StatusResponse. */
        type $Shape = camera_control.StatusResponse.$Properties;
    }

    /**
     * Properties of a StreamAddresses.
     * @deprecated Use camera_control.StreamAddresses.$Properties instead.
     */
    interface IStreamAddresses extends camera_control.StreamAddresses.$Properties {
    }

    /** Represents a StreamAddresses. */
    class StreamAddresses {

        /**
         * Constructs a new StreamAddresses.
         * @param [properties] Properties to set
         */
        constructor(properties?: camera_control.StreamAddresses.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** StreamAddresses rtsp. */
        rtsp: (string|null);

        /** StreamAddresses hls. */
        hls: (string|null);

        /** StreamAddresses webrtc. */
        webrtc: (string|null);

        /** StreamAddresses loopback. */
        loopback: (boolean|null);

        /**
         * Creates a new StreamAddresses instance using the specified properties.
         * @param [properties] Properties to set
         * @returns StreamAddresses instance
         */
        static create(properties: camera_control.StreamAddresses.$Shape): camera_control.StreamAddresses & camera_control.StreamAddresses.$Shape;
        static create(properties?: camera_control.StreamAddresses.$Properties): camera_control.StreamAddresses;

        /**
         * Encodes the specified StreamAddresses message. Does not implicitly {@link camera_control.StreamAddresses.verify|verify} messages.
         * @param message StreamAddresses message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: camera_control.StreamAddresses.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a StreamAddresses message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {camera_control.StreamAddresses & camera_control.StreamAddresses.$Shape} StreamAddresses
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): camera_control.StreamAddresses & camera_control.StreamAddresses.$Shape;

        /**
         * Creates a StreamAddresses message from a plain object. Also converts values to their respective internal types.
         * @param object Plain object
         * @returns StreamAddresses
         */
        static fromObject(object: { [k: string]: any }): camera_control.StreamAddresses;

        /**
         * Creates a plain object from a StreamAddresses message. Also converts values to other types if specified.
         * @param message StreamAddresses
         * @param [options] Conversion options
         * @returns Plain object
         */
        static toObject(message: camera_control.StreamAddresses, options?: $protobuf.IConversionOptions): { [k: string]: any };

        /**
         * Converts this StreamAddresses to JSON.
         * @returns JSON object
         */
        toJSON(): { [k: string]: any };
    }

    namespace StreamAddresses {

        /** Properties of a StreamAddresses. */
        interface $Properties {

            /** StreamAddresses rtsp */
            rtsp?: (string|null);

            /** StreamAddresses hls */
            hls?: (string|null);

            /** StreamAddresses webrtc */
            webrtc?: (string|null);

            /** StreamAddresses loopback */
            loopback?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a StreamAddresses. */
        type $Shape = camera_control.StreamAddresses.$Properties;
    }

    /** CameraState enum. */
    enum CameraState {

        /** CAMERA_STATE_UNKNOWN value */
        CAMERA_STATE_UNKNOWN = 0,

        /** STARTING value */
        STARTING = 1,

        /** LIVE value */
        LIVE = 2,

        /** STOPPED value */
        STOPPED = 3,

        /** RECONNECTING value */
        RECONNECTING = 4,

        /** MISSING value */
        MISSING = 5,

        /** AWAY value */
        AWAY = 6
    }

    /**
     * Properties of a FieldLimits.
     * @deprecated Use camera_control.FieldLimits.$Properties instead.
     */
    interface IFieldLimits extends camera_control.FieldLimits.$Properties {
    }

    /** Represents a FieldLimits. */
    class FieldLimits {

        /**
         * Constructs a new FieldLimits.
         * @param [properties] Properties to set
         */
        constructor(properties?: camera_control.FieldLimits.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** FieldLimits field. */
        field: (string|null);

        /** FieldLimits available. */
        available: (boolean|null);

        /** FieldLimits reason. */
        reason: (string|null);

        /** FieldLimits min. */
        min: (number|null);

        /** FieldLimits max. */
        max: (number|null);

        /** FieldLimits step. */
        step: (number|null);

        /** FieldLimits choices. */
        choices: string[];

        /** FieldLimits applied. */
        applied: (string|null);

        /** FieldLimits gap_ms. */
        gap_ms: (number|null);

        /**
         * Creates a new FieldLimits instance using the specified properties.
         * @param [properties] Properties to set
         * @returns FieldLimits instance
         */
        static create(properties: camera_control.FieldLimits.$Shape): camera_control.FieldLimits & camera_control.FieldLimits.$Shape;
        static create(properties?: camera_control.FieldLimits.$Properties): camera_control.FieldLimits;

        /**
         * Encodes the specified FieldLimits message. Does not implicitly {@link camera_control.FieldLimits.verify|verify} messages.
         * @param message FieldLimits message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: camera_control.FieldLimits.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a FieldLimits message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {camera_control.FieldLimits & camera_control.FieldLimits.$Shape} FieldLimits
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): camera_control.FieldLimits & camera_control.FieldLimits.$Shape;

        /**
         * Creates a FieldLimits message from a plain object. Also converts values to their respective internal types.
         * @param object Plain object
         * @returns FieldLimits
         */
        static fromObject(object: { [k: string]: any }): camera_control.FieldLimits;

        /**
         * Creates a plain object from a FieldLimits message. Also converts values to other types if specified.
         * @param message FieldLimits
         * @param [options] Conversion options
         * @returns Plain object
         */
        static toObject(message: camera_control.FieldLimits, options?: $protobuf.IConversionOptions): { [k: string]: any };

        /**
         * Converts this FieldLimits to JSON.
         * @returns JSON object
         */
        toJSON(): { [k: string]: any };
    }

    namespace FieldLimits {

        /** Properties of a FieldLimits. */
        interface $Properties {

            /** FieldLimits field */
            field?: (string|null);

            /** FieldLimits available */
            available?: (boolean|null);

            /** FieldLimits reason */
            reason?: (string|null);

            /** FieldLimits min */
            min?: (number|null);

            /** FieldLimits max */
            max?: (number|null);

            /** FieldLimits step */
            step?: (number|null);

            /** FieldLimits choices */
            choices?: string[];

            /** FieldLimits applied */
            applied?: (string|null);

            /** FieldLimits gap_ms */
            gap_ms?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a FieldLimits. */
        type $Shape = camera_control.FieldLimits.$Properties;
    }
}
